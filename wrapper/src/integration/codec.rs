//! How the values of a configuration are written and read.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::values::{AwsRegion, RollUpInterval};

/// One way to write a value. Reading gives nothing for what is of another form.
pub(super) trait Codec {
    type Value;
    /// What is expected, for an error.
    const WHAT: &str;

    fn write(value: &Self::Value) -> Value;
    fn read(json: &Value) -> Option<Self::Value>;
    /// Whether a required value says nothing.
    fn is_blank(_: &Self::Value) -> bool {
        false
    }
    /// What stands for a required value that answers leave out: secrets only.
    fn withheld() -> Option<Self::Value> {
        None
    }
}

pub(super) struct Text;

impl Codec for Text {
    type Value = String;
    const WHAT: &str = "a text";

    fn write(value: &String) -> Value {
        value.as_str().into()
    }

    fn read(json: &Value) -> Option<String> {
        match json {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn is_blank(value: &String) -> bool {
        value.trim().is_empty()
    }
}

pub(super) struct Secret;

impl Codec for Secret {
    type Value = SecretString;
    const WHAT: &str = "a text";

    fn write(value: &SecretString) -> Value {
        value.expose_secret().into()
    }

    fn read(json: &Value) -> Option<SecretString> {
        Some(json.as_str()?.into())
    }

    fn is_blank(value: &SecretString) -> bool {
        value.expose_secret().trim().is_empty()
    }

    fn withheld() -> Option<SecretString> {
        Some("".into())
    }
}

pub(super) struct Flag;

impl Codec for Flag {
    type Value = bool;
    const WHAT: &str = "true or false";

    fn write(value: &bool) -> Value {
        (*value).into()
    }

    fn read(json: &Value) -> Option<bool> {
        match json {
            Value::String(text) => text.to_ascii_lowercase().parse().ok(),
            json => json.as_bool(),
        }
    }
}

/// Minutes as a number.
pub(super) struct Minutes;

impl Codec for Minutes {
    type Value = RollUpInterval;
    const WHAT: &str = "15, 30, 60 or 180";

    fn write(value: &RollUpInterval) -> Value {
        value.minutes().into()
    }

    fn read(json: &Value) -> Option<RollUpInterval> {
        let minutes = match json {
            Value::String(text) => text.trim().parse().ok()?,
            json => json.as_u64()?,
        };
        RollUpInterval::try_from(minutes).ok()
    }
}

/// Minutes as a text of digits.
pub(super) struct MinutesText;

impl Codec for MinutesText {
    type Value = RollUpInterval;
    const WHAT: &str = Minutes::WHAT;

    fn write(value: &RollUpInterval) -> Value {
        value.minutes().to_string().into()
    }

    fn read(json: &Value) -> Option<RollUpInterval> {
        Minutes::read(json)
    }
}

pub(super) struct Region;

impl Codec for Region {
    type Value = AwsRegion;
    const WHAT: &str = "an object with `name` and `apiIdentifier`";

    fn write(value: &AwsRegion) -> Value {
        let mut json = json!({ "name": value.name, "apiIdentifier": value.api_identifier });
        if let Some(cloud_type) = &value.cloud_type {
            json["cloudType"] = cloud_type.as_str().into();
        }
        if let Some(sdk_id) = &value.sdk_id {
            json["sdkId"] = sdk_id.as_str().into();
        }
        if let Some(enabled) = value.enabled {
            json["enabled"] = enabled.into();
        }
        json
    }

    fn read(json: &Value) -> Option<AwsRegion> {
        Some(AwsRegion {
            name: Text::read(&json["name"])?,
            api_identifier: Text::read(&json["apiIdentifier"])?,
            cloud_type: Text::read(&json["cloudType"]),
            sdk_id: Text::read(&json["sdkId"]),
            enabled: Flag::read(&json["enabled"]),
        })
    }

    fn is_blank(value: &AwsRegion) -> bool {
        Text::is_blank(&value.name) || Text::is_blank(&value.api_identifier)
    }
}

pub(super) struct Regions;

impl Codec for Regions {
    type Value = Vec<AwsRegion>;
    const WHAT: &str = "a list of objects with `name` and `apiIdentifier`";

    fn write(value: &Vec<AwsRegion>) -> Value {
        value.iter().map(Region::write).collect()
    }

    fn read(json: &Value) -> Option<Vec<AwsRegion>> {
        json.as_array()?.iter().map(Region::read).collect()
    }

    fn is_blank(value: &Vec<AwsRegion>) -> bool {
        value.is_empty() || value.iter().any(Region::is_blank)
    }
}

/// A list of objects whose members are the service's affair.
pub(super) struct Objects;

impl Codec for Objects {
    type Value = Vec<Value>;
    const WHAT: &str = "a list of objects";

    fn write(value: &Vec<Value>) -> Value {
        value.as_slice().into()
    }

    fn read(json: &Value) -> Option<Vec<Value>> {
        let objects = json.as_array()?;
        objects
            .iter()
            .all(Value::is_object)
            .then(|| objects.clone())
    }

    fn is_blank(value: &Vec<Value>) -> bool {
        value.is_empty()
    }
}
