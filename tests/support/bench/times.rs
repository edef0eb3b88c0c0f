//! Times, and what is told about them.

use std::time::Duration;

/// Durations of the same thing, measured again and again.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// None yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// One more.
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// The duration that `share` (0 to 1) of them do not exceed; zero if there are none.
    pub fn quantile(&self, share: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        let index = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
        sorted.get(index).copied().unwrap_or_default()
    }

    /// The one in the middle.
    pub fn median(&self) -> Duration {
        self.quantile(0.5)
    }

    /// How many times as long as in `others` it took: the median over the rounds that both took part in.
    pub fn median_over(&self, others: &Self) -> f64 {
        let rounds = self.0.iter().zip(&others.0);
        median(
            rounds
                .map(|(this, other)| this.as_secs_f64() / other.as_secs_f64())
                .collect(),
        )
    }

    /// The median, in microseconds.
    pub fn micros(&self) -> f64 {
        self.median().as_secs_f64() * 1e6
    }
}

/// The median of figures that are no durations: ratios of neighbouring measurements, for instance.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// A line of the table that `tests/benches/run` collects: what, how much, unit, and the bound if there is one.
pub fn row(what: &str, figure: f64, unit: &str, bound: &str) {
    println!("| {what} | {figure:.2} | {unit} | {bound} |");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_few() {
        let mut times = Times::default();
        assert_eq!(times.median(), Duration::ZERO);
        for millis in [9, 1, 5] {
            times.push(Duration::from_millis(millis));
        }
        assert_eq!(times.median(), Duration::from_millis(5));
        assert_eq!(times.quantile(1.0), Duration::from_millis(9));
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
    }

    #[test]
    fn rounds_are_compared_one_by_one() {
        let [mut slow, mut quick] = [Times::new(), Times::new()];
        for (millis_slow, millis_quick) in [(8, 2), (30, 10), (50, 10)] {
            slow.push(Duration::from_millis(millis_slow));
            quick.push(Duration::from_millis(millis_quick));
        }
        // A round in which only one took part.
        quick.push(Duration::from_millis(1));
        assert_eq!(slow.median_over(&quick), 4.0);
    }
}
