//! Negative controls.
use prisma_cloud_tests::ledger::Ledger;
use crate::prism::Prism;
pub async fn run(_prism: &Prism, _ledger: &Ledger, _seed: u64, _complaints: &mut Vec<String>) -> usize { 0 }
