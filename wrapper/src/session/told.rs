//! What the answers to a login and an extension tell besides the token.

use serde_json::Value;

use crate::identity::TenantName;

/// What is known of the user. Nothing in it is a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// The tenants of the user.
    pub(crate) tenants: Vec<TenantName>,
    /// The roles of the user. Only an extension tells them.
    pub(crate) roles: Option<Vec<String>>,
}

impl Told {
    /// Reads `customerNames` and `roles`. What is not as described is left out: no session shall fail for it.
    pub(crate) fn of(customer_names: &Value, roles: &Value) -> Self {
        let text = |value: &Value| match value {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let tenants = customer_names.as_array().into_iter().flatten();
        Self {
            tenants: tenants
                .map(|tenant| TenantName {
                    customer_name: text(&tenant["customerName"]),
                    prisma_id: text(&tenant["prismaId"]),
                    terms_accepted: tenant["tosAccepted"].as_bool(),
                })
                .filter(|tenant| tenant.customer_name.is_some() || tenant.prisma_id.is_some())
                .collect(),
            roles: roles
                .as_array()
                .map(|roles| roles.iter().filter_map(text).collect()),
        }
    }

    /// Adds what a later answer tells; what it leaves out stays as it was.
    pub(crate) fn learn(&mut self, later: Self) {
        if !later.tenants.is_empty() {
            self.tenants = later.tenants;
        }
        if later.roles.is_some() {
            self.roles = later.roles;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tenant(name: &str, id: &str) -> TenantName {
        TenantName {
            customer_name: Some(name.into()),
            prisma_id: Some(id.into()),
            terms_accepted: Some(true),
        }
    }

    #[test]
    fn what_is_not_as_described_is_left_out() {
        let names = json!([
            { "customerName": "Example", "prismaId": "42", "tosAccepted": true },
            { "customerName": null, "prismaId": 43 },
            { "tosAccepted": true },
            "Example",
            null,
        ]);
        let told = Told::of(&names, &json!(["System Admin", null, 7, ["x"]]));
        assert_eq!(told.tenants[0], tenant("Example", "42"));
        assert_eq!(told.tenants[1].prisma_id.as_deref(), Some("43"));
        assert_eq!(told.tenants.len(), 2);
        assert_eq!(told.roles.unwrap(), ["System Admin", "7"]);
        for nothing in [Value::Null, json!("x"), json!({ "a": 1 })] {
            assert_eq!(Told::of(&nothing, &nothing), Told::default());
        }
    }

    #[test]
    fn later_answers_add_and_do_not_take_away() {
        let mut told = Told {
            tenants: vec![tenant("Example", "42")],
            roles: None,
        };
        told.learn(Told {
            tenants: Vec::new(),
            roles: Some(vec!["Auditor".into()]),
        });
        told.learn(Told::default());
        assert_eq!(told.tenants, [tenant("Example", "42")]);
        assert_eq!(told.roles.unwrap(), ["Auditor"]);
    }
}
