//! The gradient of every objective, whole, against finite differences in `f64`.

use trefoil_tests::gradients;
use trefoil_tests::worlds::{FEATURES, FORMS, Form, UNEQUAL, objective, world};

fn check(inputs: &[u32], batch: u32, holes: bool) {
    check_these(FORMS, inputs, batch, holes);
}

fn check_these(forms: &[Form], inputs: &[u32], batch: u32, holes: bool) {
    let world = world(inputs, batch, holes);
    for &(title, name, changes) in forms {
        let small = [("width", "5"), ("batch", &batch.to_string())];
        let changes = [changes, &small].concat();
        let (objective, training) = objective(&world, name, &changes);
        let title = format!("{title}, {} modalities, holes {holes}", inputs.len());
        gradients::check(&title, objective.as_ref(), &training, &world.tables, 4);
    }
}

#[test]
fn two_modalities() {
    check(&[5, 4], 8, false);
}

#[test]
fn three_modalities_with_holes() {
    check(&[5, 4, 6], 8, true);
}

#[test]
fn four_modalities() {
    check(&[5, 4, 6, 3], 6, false);
}

#[test]
fn blocks_of_unequal_sizes() {
    for holes in [false, true] {
        check_these(UNEQUAL, &[4, 5, 3], 8, holes);
    }
}

#[test]
fn tokens_of_features() {
    check_these(FEATURES, &[2, 3], 8, false);
    check_these(FEATURES, &[2, 3, 2], 8, true);
}

#[test]
fn eight_modalities_with_holes() {
    let world = world(&[3; 8], 4, true);
    for &(title, name, changes) in FORMS {
        if !["clip", "symile", "hcl", "hcl linear", "hcl official", "coral"].contains(&title) {
            continue;
        }
        // Symile's products of eight at the size that the method's notes ask for.
        let size: &[(&str, &str)] = if title == "symile" { &[("embedding", "16")] } else { &[] };
        let changes = [changes, size, &[("width", "4"), ("batch", "4")]].concat();
        let (objective, training) = objective(&world, name, &changes);
        gradients::check(title, objective.as_ref(), &training, &world.tables, 1);
    }
}
