// Loads the worker, and posts its last words where it does not load: `js::Answer` reads a bare
// string as that.
import init from "./trefoil-worker.js";

init().catch((error) => postMessage(`The worker did not start: ${error}`));
