// Run by Bun: bundles the renderer with the pages that Vite has built for Node. What only Node has is left out.
const [web, entry, outfile] = process.argv.slice(2);
const ONLY_NODE = /^(node:.*|react-dom\/server(\.node)?|@react-router\/node|isbot)$/;
const here = {
  name: "here",
  setup(build) {
    build.onResolve({ filter: ONLY_NODE }, ({ path }) => ({ path, namespace: "nothing" }));
    build.onLoad({ filter: /.*/, namespace: "nothing" }, () => ({ contents: "module.exports = {}", loader: "js" }));
    build.onResolve({ filter: /^built-pages$/ }, () => ({ path: `${web}/build/server/index.js` }));
    build.onResolve({ filter: /^react-dom-legacy-server$/ }, () => ({
      path: `${web}/node_modules/react-dom/cjs/react-dom-server-legacy.browser.production.js`,
    }));
    build.onResolve({ filter: /^(react|react-router|core-js\/.*)$/ }, ({ path, importer }) =>
      importer.startsWith(import.meta.dir) ? { path: Bun.resolveSync(path, `${web}/`) } : undefined);
  },
};
const { outputs: [bundle] } = await Bun.build({
  entrypoints: [entry], plugins: [here], target: "browser", format: "iife", minify: true,
  define: { "process.env.NODE_ENV": '"production"' },
});
await Bun.write(outfile, bundle);
