// Loads the worker, and posts its last words where it does not load: `js::Answer` reads a bare
// string as that.
import init from "./trefoil-worker.js";

// Where index.html is: data sets lie beside it, and this worker's `location` is that of a blob.
globalThis.trefoilBase = new URL("../", import.meta.url).href;
init().catch((error) => postMessage(`The worker did not start: ${error}`));
