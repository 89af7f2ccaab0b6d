// Loads the page, or says in a sentence why this browser cannot show it.

// Before anything is drawn, so that no page flashes in the wrong colours: see `theme.rs`.
try {
  const theme = localStorage.getItem("trefoil-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // A browser that stores nothing follows the system.
}

/** What this browser lacks, or nothing. */
function lacking() {
  if (typeof WebAssembly !== "object") return "WebAssembly";
  // (module (func (result v128) i32.const 0  i8x16.splat  i8x16.popcnt))
  const simd = Uint8Array.of(
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253,
    15, 253, 98, 11,
  );
  if (!WebAssembly.validate(simd)) return "WebAssembly SIMD";
  // Only a browser that knows workers of type "module" reads the type.
  let known = false;
  const options = {
    get type() {
      known = true;
      return "module";
    },
  };
  const empty = URL.createObjectURL(new Blob([""], { type: "text/javascript" }));
  new Worker(empty, options).terminate();
  URL.revokeObjectURL(empty);
  return known ? null : "module workers";
}

function say(words) {
  const place = document.getElementById("boot");
  place.textContent = words;
  place.setAttribute("role", "alert");
}

const missing = lacking();
if (missing) {
  say(
    `This browser cannot run Trefoil: it has no ${missing}. ` +
      "Current versions of Chrome, Edge, Firefox and Safari have it.",
  );
} else {
  try {
    const { default: init } = await import(document.getElementById("app-js").href);
    await init({ module_or_path: document.getElementById("app-wasm").href });
  } catch (error) {
    console.error(error);
    say(`Trefoil did not load (${error.message}). Reload the page to try again.`);
  }
}
