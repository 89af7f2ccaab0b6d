//! Settings that nothing looks at, because of what others are.

use super::{BlockRanks, HclForm, HclLoss, ObjectiveName, Settings, Start, Tokenizer};

impl Settings {
    /// Why the objective `name` does not look at `key` with these settings; none where it does.
    pub fn idle(&self, name: ObjectiveName, key: &str) -> Option<&'static str> {
        let own = match name {
            ObjectiveName::Hcl => self.idle_of_hcl(key),
            ObjectiveName::Coral | ObjectiveName::Comm => self.idle_of_tokens(key),
            ObjectiveName::Clip | ObjectiveName::Symile | ObjectiveName::CrossSelf => None,
        };
        let of_layers = ["width", "activation"].contains(&key);
        own.or(because(of_layers && self.depth == 0, "there are no hidden layers"))
    }

    fn idle_of_hcl(&self, key: &str) -> Option<&'static str> {
        let linear = self.form == HclForm::Linear;
        let official = self.loss == HclLoss::Official;
        match key {
            "depth" | "width" | "activation" => because(linear, "the linear form has no encoder"),
            "loss" => because(linear, "the linear form has one loss"),
            "reconstruction" => because(linear, "the linear form does not rebuild")
                .or(because(official, "the official loss does not rebuild")),
            "level_weight" => because(linear, "the linear form has one loss")
                .or(because(!official, "only the official loss has it")),
            "start" => because(!linear, "only the linear form has it"),
            "rotation" => because(!linear, "only the linear form has it")
                .or(because(self.start != Start::Peeling, "nothing is peeled")),
            "rank" => because(
                matches!(self.ranks, BlockRanks::Given(_)),
                "every block has a size of its own",
            ),
            _ => None,
        }
    }

    fn idle_of_tokens(&self, key: &str) -> Option<&'static str> {
        let features = self.tokenizer == Tokenizer::Feature;
        match key {
            "tokens" => because(features, "each column is a token"),
            "depth" | "width" | "activation" => {
                because(features, "a token is its column times a vector")
            }
            _ => None,
        }
    }
}

fn because(idle: bool, why: &'static str) -> Option<&'static str> {
    idle.then_some(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_form_has_no_use_for_says_why() {
        let mut settings = ObjectiveName::Hcl.defaults();
        let idle = |s: &Settings, key| s.idle(ObjectiveName::Hcl, key).is_some();
        for (key, deep) in [("reconstruction", false), ("level_weight", true), ("start", true)] {
            assert_eq!(idle(&settings, key), deep, "{key}");
        }
        settings.form = HclForm::Linear;
        assert!(idle(&settings, "reconstruction") && idle(&settings, "rotation"));
        settings.start = Start::Peeling;
        assert!(!idle(&settings, "rotation") && !idle(&settings, "start"));
        assert!(!idle(&settings, "rank"));
    }

    #[test]
    fn tokens_of_columns_are_not_counted() {
        let mut settings = ObjectiveName::Coral.defaults();
        assert_eq!(settings.idle(ObjectiveName::Coral, "tokens"), None);
        settings.tokenizer = Tokenizer::Feature;
        assert!(settings.idle(ObjectiveName::Coral, "tokens").is_some());
        assert_eq!(settings.idle(ObjectiveName::Clip, "tokens"), None);
    }
}
