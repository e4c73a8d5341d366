// zxing-wasm's reader, ready when this returns: its factory (made synchronous when the site is built) and its bytes.
(factory, wasm) => {
  const zxing = factory({
    instantiateWasm(imports, done) {
      const module = new WebAssembly.Module(wasm);
      done(new WebAssembly.Instance(module, imports), module);
    },
  });
  return {
    read(pixels, width, height, wishes) {
      const place = zxing._malloc(pixels.length);
      try {
        zxing.HEAPU8.set(pixels, place);
        const found = zxing.readBarcodesFromPixmap(place, width, height, JSON.parse(wishes));
        return Array.from({ length: found.size() }, (_, index) => found.get(index));
      } finally {
        zxing._free(place);
      }
    },
  };
};
