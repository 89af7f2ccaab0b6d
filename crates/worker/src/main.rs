//! The trainer in a web worker; `assets/worker.js` loads it.

fn main() {
    trefoil_worker::start();
}
