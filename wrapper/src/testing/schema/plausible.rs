//! Texts and numbers that look like what their name promises.

use fastrand::Rng;

use super::validate::is_uuid;
use crate::testing::state::{
    account_groups, alert_rules, alerts, jobs, policies, search, suppressions,
};

/// The beginning of 2026, in Unix milliseconds: samples tell of the thirty days before it.
pub(crate) const EPOCH: i64 = 1_767_225_600_000;
const DAY: i64 = 86_400_000;
/// The id of an access key: a tenant can be built with it.
const ACCESS_KEY: &str = "00000000-0000-4000-8004-000000000000";

const REGIONS: [&str; 4] = ["us-east-1", "eu-west-1", "ap-southeast-2", "ca-central-1"];
const REGION_NAMES: [&str; 4] = ["AWS Virginia", "AWS Ireland", "AWS Sydney", "AWS Canada"];
const CLOUDS: [&str; 4] = ["aws", "azure", "gcp", "oci"];
const SERVICES: [&str; 4] = ["Amazon S3", "Amazon EC2", "AWS IAM", "Amazon RDS"];
const RESOURCES: [&str; 4] = ["S3 Bucket", "EC2 Instance", "IAM Role", "RDS Instance"];
const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "informational"];
const FIRST: [&str; 4] = ["Alex", "Kim", "Robin", "Sam"];
const LAST: [&str; 4] = ["Berg", "Costa", "Meyer", "Okafor"];
const TEAMS: [&str; 6] = [
    "billing", "checkout", "data", "identity", "logging", "search",
];
const STAGES: [&str; 3] = ["production", "staging", "sandbox"];
const PACKAGES: [&str; 4] = ["express", "log4j-core", "openssl", "requests"];
const LICENSES: [&str; 3] = ["Apache-2.0", "BSD-3-Clause", "MIT"];
const REASONS: [&str; 4] = ["NEW_ALERT", "RESOURCE_UPDATED", "POLICY_UPDATED", "SCANNED"];
const ZONES: [&str; 3] = ["UTC", "Europe/Berlin", "America/New_York"];

/// `camelCase`, `snake_case` and `dotted.names` in lower-case words.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let letters: Vec<char> = name.chars().collect();
    for (index, letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = index.checked_sub(1).map(|index| letters[index]);
        let next = letters.get(index + 1);
        let begins = letter.is_uppercase()
            && (before.is_some_and(|before| !before.is_uppercase())
                || next.is_some_and(|next| next.is_lowercase()));
        if begins || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn pick(rng: &mut Rng, list: &[&str]) -> String {
    list[rng.usize(..list.len())].to_owned()
}

fn hex(rng: &mut Rng, digits: usize) -> String {
    (0..digits)
        .map(|_| char::from_digit(rng.u32(..16), 16).unwrap_or('0'))
        .collect()
}

fn decimal(rng: &mut Rng, digits: usize) -> String {
    (0..digits)
        .map(|index| char::from(b'0' + rng.u8(u8::from(index == 0)..10)))
        .collect()
}

/// A UUID: the one that the name promises, if it is one.
pub(super) fn uuid_for(name: &str, rng: &mut Rng) -> String {
    let text = text(name, rng);
    if is_uuid(&text) { text } else { uuid(rng) }
}

pub(super) fn uuid(rng: &mut Rng) -> String {
    let part = hex(rng, 12);
    format!(
        "{}-{}-4{}-a{}-{part}",
        hex(rng, 8),
        hex(rng, 4),
        hex(rng, 3),
        hex(rng, 3)
    )
}

/// As in `2026-01-12T08:30:00Z`.
pub(super) fn date_time(rng: &mut Rng) -> String {
    let (day, hour, minute) = (rng.u8(1..31), rng.u8(..24), rng.u8(..60));
    format!("2025-12-{day:02}T{hour:02}:{minute:02}:00Z")
}

/// A text for a member or parameter called `name`.
pub(super) fn text(name: &str, rng: &mut Rng) -> String {
    let words = words(name);
    let last = words.last().map_or("", String::as_str);
    let has = |word: &str| words.iter().any(|known| known == word);
    if has("page") && last == "token" {
        return alerts::example_token();
    }
    match last {
        "id" | "ids" | "uuid" | "upi" | "identifier" => id(&has, rng),
        "alerts" => id(&|word| word == "alert", rng),
        "policies" => id(&|word| word == "policy", rng),
        "email" | "emails" | "username" | "user" | "owner" | "recipients" | "by" => {
            let (first, last) = (pick(rng, &FIRST), pick(rng, &LAST));
            format!("{first}.{last}@example.com").to_lowercase()
        }
        "date" | "timestamp" | "on" | "at" | "updated" | "modified" | "created" | "time" => {
            date_time(rng)
        }
        "severity" | "severities" => pick(rng, &SEVERITIES),
        "region" | "regions" => pick(rng, &REGIONS),
        "arn" => format!(
            "arn:aws:iam::{}:role/{}",
            decimal(rng, 12),
            pick(rng, &TEAMS)
        ),
        "rrn" => format!(
            "rrn:aws:instance:{}:{}:{}",
            pick(rng, &REGIONS),
            decimal(rng, 12),
            hex(rng, 8)
        ),
        "url" | "uri" | "link" | "href" => {
            format!("https://example.com/{}/{}", pick(rng, &TEAMS), hex(rng, 6))
        }
        "ip" | "address" => format!("192.0.2.{}", rng.u8(1..255)),
        "cidr" => format!("198.51.100.{}/32", rng.u8(1..255)),
        "domain" | "host" | "hostname" => format!("{}.example.com", pick(rng, &TEAMS)),
        "port" => "443".to_owned(),
        "zone" | "timezone" => pick(rng, &ZONES),
        "unit" => "day".to_owned(),
        "amount" => rng.u8(1..30).to_string(),
        "limit" | "count" | "offset" | "page" | "size" => rng.u8(1..100).to_string(),
        "version" => format!("{}.{}.{}", rng.u8(1..6), rng.u8(..20), rng.u8(..20)),
        "query" | "rql" => "config from cloud.resource where cloud.type = 'aws'".to_owned(),
        "path" => format!("/{}/main.tf", pick(rng, &TEAMS)),
        "branch" => "main".to_owned(),
        "license" | "licenses" => pick(rng, &LICENSES),
        "reason" => pick(rng, &REASONS),
        "service" => pick(rng, &SERVICES),
        "status" | "state" => "enabled".to_owned(),
        "language" => "en".to_owned(),
        "granularity" => "day".to_owned(),
        "account" => format!("Example {}", pick(rng, &STAGES)),
        "repository" | "repo" => format!("example/{}", pick(rng, &TEAMS)),
        "description" | "comment" | "note" | "message" | "recommendation" | "title" | "label"
        | "subject" => {
            format!("Example {last} of the {} team", pick(rng, &TEAMS))
        }
        "type" => kind(&has, rng),
        "name" | "names" => named(&has, rng),
        "value" if has("filters") => "open".to_owned(),
        "code" | "snippet" => "resource \"aws_s3_bucket\" \"logs\" {}".to_owned(),
        _ => format!(
            "{}-{}",
            if last.is_empty() { "example" } else { last },
            rng.u16(1..1000)
        ),
    }
}

/// Ids of policies, account groups, alert rules and alerts are those of things that every tenant has.
fn id(has: &impl Fn(&str) -> bool, rng: &mut Rng) -> String {
    let mut one_of = |prefix: &str, count: u64| format!("{prefix}{:012}", rng.u64(..count));
    if has("group") {
        one_of(account_groups::PREFIX, account_groups::SEEDED)
    } else if has("rule") {
        one_of(alert_rules::PREFIX, alert_rules::SEEDED)
    } else if has("policy") {
        one_of(policies::PREFIX, policies::SEEDED)
    } else if has("access") && has("keys") {
        ACCESS_KEY.to_owned()
    } else if has("suppression") {
        one_of(suppressions::PREFIX, suppressions::SEEDED)
    } else if has("history") {
        search::SAVED.to_owned()
    } else if has("jobs") || has("csv") || has("report") {
        jobs::DONE.to_owned()
    } else if has("alert") {
        format!("P-{}", rng.u32(..100))
    } else if has("account") {
        decimal(rng, 12)
    } else if has("cve") {
        format!("CVE-2025-{}", rng.u16(1000..10_000))
    } else if has("prisma") || has("tenant") {
        decimal(rng, 18)
    } else if has("region") {
        pick(rng, &REGIONS)
    } else if has("vpc") {
        format!("vpc-{}", hex(rng, 8))
    } else if has("asset") || has("resource") {
        format!("i-{}", hex(rng, 17))
    } else {
        uuid(rng)
    }
}

fn kind(has: &impl Fn(&str) -> bool, rng: &mut Rng) -> String {
    if has("cloud") {
        pick(rng, &CLOUDS)
    } else if has("policy") {
        "config".to_owned()
    } else if has("time") || has("range") {
        "relative".to_owned()
    } else if has("resource") || has("asset") {
        pick(rng, &RESOURCES)
    } else {
        format!("type-{}", rng.u8(1..10))
    }
}

fn named(has: &impl Fn(&str) -> bool, rng: &mut Rng) -> String {
    let (team, stage) = (pick(rng, &TEAMS), pick(rng, &STAGES));
    if has("first") {
        pick(rng, &FIRST)
    } else if has("last") {
        pick(rng, &LAST)
    } else if has("filters") {
        "alert.status".to_owned()
    } else if has("region") {
        pick(rng, &REGION_NAMES)
    } else if has("service") {
        pick(rng, &SERVICES)
    } else if has("package") {
        pick(rng, &PACKAGES)
    } else if has("bucket") || has("file") || has("image") || has("resource") || has("asset") {
        format!("{team}-{stage}-{}", hex(rng, 4))
    } else {
        format!("Example {team} {stage}")
    }
}

/// An integer for a member or parameter called `name`; `small` if it has to fit into 32 bits.
pub(super) fn integer(name: &str, small: bool, rng: &mut Rng) -> i64 {
    let words = words(name);
    let has = |word: &str| words.iter().any(|known| known == word);
    let in_time = [
        "ts",
        "timestamp",
        "on",
        "at",
        "date",
        "seen",
        "updated",
        "modified",
        "observed",
        "scheduled",
    ];
    let last = words.last().map_or("", String::as_str);
    if has("duration") || has("days") {
        rng.i64(1..30)
    } else if in_time.contains(&last) || last == "time" || has("timestamp") {
        let back = rng.i64(1..30 * DAY / 60_000) * 60_000;
        let time = if has("expires") || has("expiration") {
            // What expires is good for a while, whatever the year is.
            EPOCH + 3650 * DAY + back
        } else if has("next") || has("end") {
            EPOCH + back
        } else {
            EPOCH - back
        };
        if small { time / 1000 } else { time }
    } else if has("score") || has("cvss") || has("priority") {
        rng.i64(0..=10)
    } else if has("percent") || has("percentage") || has("threshold") {
        rng.i64(0..=100)
    } else if has("limit") || last == "size" && has("page") {
        rng.i64(1..=100)
    } else if has("offset") || has("page") || has("cursor") || has("skip") {
        0
    } else if last == "size" || has("bytes") {
        rng.i64(1..1 << 20)
    } else if last == "id" {
        rng.i64(1..100_000)
    } else {
        rng.i64(0..500)
    }
}

/// A number with a fraction.
pub(super) fn fraction(name: &str, rng: &mut Rng) -> f64 {
    let whole = integer(name, false, rng);
    if whole.abs() < 10 {
        // One decimal, as scores have.
        whole as f64 + f64::from(rng.u8(..10)) / 10.0
    } else {
        whole as f64
    }
}

/// Texts that programs tend to get wrong.
pub(super) fn awkward(rng: &mut Rng) -> String {
    const TEXTS: [&str; 6] = [
        "alpha",
        "Beta 2",
        "ünïcode",
        "",
        "a/b?c=d&e",
        "\"quoted\"\n",
    ];
    pick(rng, &TEXTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        for (name, expected) in [
            ("lastModifiedBy", "last modified by"),
            ("account_id", "account id"),
            ("policy.complianceSection", "policy compliance section"),
            ("storageUUID", "storage uuid"),
            ("CICDRunId", "cicd run id"),
            ("x-prisma-tenant-id", "x prisma tenant id"),
        ] {
            assert_eq!(words(name).join(" "), expected);
        }
    }

    #[test]
    fn values_look_like_their_names() {
        let rng = &mut Rng::with_seed(7);
        assert!(text("lastModifiedBy", rng).ends_with("@example.com"));
        assert_eq!(text("cloudAccountId", rng).len(), 12);
        assert!(text("cveId", rng).starts_with("CVE-2025-"));
        assert!(text("resourceUrl", rng).starts_with("https://"));
        assert!(CLOUDS.contains(&text("cloud.type", rng).as_str()));
        let month = EPOCH - 30 * DAY..EPOCH;
        assert!(month.contains(&integer("createdOn", false, rng)));
        assert!(month.contains(&(integer("lastSeen", true, rng) * 1000)));
        assert!(integer("expiresOn", false, rng) > EPOCH);
        assert!((0..=10).contains(&integer("cvssScore", false, rng)));
    }
}
