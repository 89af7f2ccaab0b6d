//! Every op's backward pass against finite differences, in `f64`.

use trefoil_tests::{cases, gradients};

#[test]
fn every_op_has_the_gradient_of_its_forward_pass() {
    let tables = cases::tables();
    for case in cases::all() {
        for batch in [4, 9] {
            gradients::check(case.name, &case, &cases::training(batch), &tables, 12);
        }
    }
}
