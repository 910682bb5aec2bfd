// Draws a page as HTML, as Node does when the pages are built, but with a state. The server calls `draw`.
import "./web_globals.js"; // first: the others look for them when they load
import { createElement } from "react";
import { ServerRouter } from "react-router";
import { renderToString } from "react-dom-legacy-server";
import * as build from "built-pages";

const routeModules = Object.fromEntries(Object.entries(build.routes).map(([id, { module }]) => [id, module]));
const { assets: manifest, future, ssr, routeDiscovery, basename } = build;

/** The elements of the page at `pathname`, given the vars that differ from the compiled defaults: {state: {var: value}}. */
globalThis.draw = (pathname, search, state) => {
  const match = (id, pathname) => ({ params: {}, pathname, pathnameBase: pathname, route: { id } });
  const location = { pathname, search, hash: "", state: null, key: "default" };
  const matches = [match("root", "/"), match(`routes/[${pathname.slice(1)}]._index`, pathname)];
  const staticHandlerContext = {
    basename, location, matches, loaderData: {}, actionData: null, errors: null, statusCode: 200, loaderHeaders: {}, actionHeaders: {},
  };
  const context = {
    manifest, future, ssr, routeDiscovery, routeModules, staticHandlerContext, isSpaMode: false, renderMeta: {}, serverHandoffString: "",
  };
  globalThis.carriedState = JSON.parse(state);
  try {
    const page = renderToString(createElement(ServerRouter, { context, url: location }));
    const body = page.slice(page.indexOf("<body>") + "<body>".length, page.indexOf("<script", page.indexOf("<body>")));
    return { body };
  } finally {
    globalThis.carriedState = undefined; // the next page is somebody else's
  }
};
