//! Alerts by their number: a million of them cost nothing until somebody asks.

use std::fmt::Write;

use super::status::{Change, Status};
use crate::testing::state::{account_groups, alert_rules, policies};

const CLOUDS: [&str; 3] = ["AWS", "AZURE", "GCP"];
const REGIONS: [(&str, &str); 4] = [
    ("AWS Virginia", "us-east-1"),
    ("AWS Ireland", "eu-west-1"),
    ("AWS Sydney", "ap-southeast-2"),
    ("AWS Canada", "ca-central-1"),
];
const KINDS: [(&str, &str); 4] = [
    ("S3 Bucket", "Amazon S3"),
    ("EC2 Instance", "Amazon EC2"),
    ("IAM Role", "AWS IAM"),
    ("RDS Instance", "Amazon RDS"),
];
const ACCOUNTS: u64 = 8;
/// Between one alert and the next older one, in milliseconds.
const STEP: u64 = 60_000;

/// The id of a cloud account.
pub(in crate::testing) fn account_id(account: u64) -> String {
    (100_000_000_000 + account).to_string()
}

/// The number of the alert with this id.
pub(super) fn number(id: &str) -> Option<u64> {
    id.strip_prefix("P-")?.parse().ok()
}

/// An alert, the newest first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alert<'a> {
    pub(super) number: u64,
    /// When the tenant began, in Unix milliseconds: a minute after its newest alert.
    pub(super) origin: u64,
    pub(super) change: Option<&'a Change>,
}

impl Alert<'_> {
    pub(super) fn policy(self) -> u64 {
        self.number % policies::SEEDED
    }

    pub(super) fn severity(self) -> &'static str {
        policies::SEVERITIES[self.policy() as usize % policies::SEVERITIES.len()]
    }

    fn account(self) -> u64 {
        self.number / 3 % ACCOUNTS
    }

    fn cloud(self) -> &'static str {
        CLOUDS[self.account() as usize % CLOUDS.len()]
    }

    fn region(self) -> (&'static str, &'static str) {
        REGIONS[(self.number / 7 % 4) as usize]
    }

    fn kind(self) -> (&'static str, &'static str) {
        KINDS[(self.policy() % 4) as usize]
    }

    /// In Unix milliseconds.
    pub(super) fn opened(self) -> u64 {
        self.origin.saturating_sub((self.number + 1) * STEP)
    }

    /// When its status last changed, in Unix milliseconds.
    pub(super) fn changed(self) -> u64 {
        self.change.map_or(self.opened(), |change| change.at)
    }

    pub(super) fn status(self, now: u64) -> Status {
        self.change
            .map_or(Status::Open, |change| change.status(now))
    }

    /// Whether the filter `name` with `value` holds; nothing if no filter has this name.
    pub(super) fn has(self, name: &str, value: &str, now: u64) -> Option<bool> {
        let is = |text: &str| Some(text.eq_ignore_ascii_case(value));
        match name {
            "alert.status" => is(self.status(now).name()),
            "policy.severity" => is(self.severity()),
            "policy.type" => is("config"),
            "policy.remediable" => is("false"),
            "policy.name" => is(&policies::name(self.policy())),
            "policy.id" => is(&policy_id(self.policy())),
            "cloud.type" => is(self.cloud()),
            "cloud.region" => Some(is(self.region().0)? || is(self.region().1)?),
            "cloud.service" => is(self.kind().1),
            "cloud.account" => is(&format!("Example account {}", self.account())),
            "cloud.accountId" => is(&account_id(self.account())),
            "account.group" => match account_groups::NAMES.get(self.account() as usize) {
                Some(group) => is(group),
                None => Some(false),
            },
            "alertRule.name" => is(&format!(
                "Example alert rule {}",
                self.policy() % alert_rules::SEEDED
            )),
            "alert.id" => Some(number(value) == Some(self.number)),
            "resource.id" => is(&format!("resource-{}", self.number)),
            "resource.name" => is(&format!("example-{}", self.number)),
            "resource.type" => is(self.kind().0),
            // No alert here has any.
            "policy.label"
            | "policy.complianceStandard"
            | "policy.complianceRequirement"
            | "policy.complianceSection"
            | "policy.rule.type"
            | "policy.subtype"
            | "vulnerability.severity"
            | "asset.severity" => Some(false),
            _ => None,
        }
    }

    /// Writes it as JSON. Text, because a page has ten thousand of them.
    pub(super) fn write(self, now: u64, text: &mut String) {
        let (number, opened, changed) = (self.number, self.opened(), self.changed());
        let (region, region_id) = self.region();
        let (kind, service) = self.kind();
        let (account, status) = (self.account(), self.status(now).name());
        let cloud = self.cloud();
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            r#"{{"id":"P-{number}","status":"{status}","reason":"NEW_ALERT","firstSeen":{opened},"lastSeen":{changed},"alertTime":{opened},"lastUpdated":{changed},"policyId":"{}","policy":"#,
            policy_id(self.policy())
        );
        write_policy(self.policy(), text);
        let _ = write!(
            text,
            r#","resource":{{"id":"resource-{number}","name":"example-{number}","account":"Example account {account}","accountId":"{}","cloudType":"{cloud}","region":"{region}","regionId":"{region_id}","resourceType":"{kind}","cloudServiceName":"{service}","rrn":"rrn:{}:instance:{region_id}:{}:{number}","data":{{}}}},"metadata":{{}}"#,
            account_id(account),
            cloud.to_ascii_lowercase(),
            account_id(account),
        );
        if let Some(change) = self.change {
            change.write(text);
        }
        text.push('}');
    }
}

pub(super) fn policy_id(policy: u64) -> String {
    format!("{}{policy:012}", policies::PREFIX)
}

pub(super) fn write_policy(policy: u64, text: &mut String) {
    let severity = policies::SEVERITIES[policy as usize % policies::SEVERITIES.len()];
    let _ = write!(
        text,
        r#"{{"policyId":"{}","name":"{}","policyType":"config","severity":"{severity}","systemDefault":true,"remediable":false,"rule":{{"name":"{}","type":"Config","criteria":"config from cloud.resource","parameters":{{}}}}}}"#,
        policy_id(policy),
        policies::name(policy),
        policies::name(policy),
    );
}
