// What Next.js wants around every page. Its build by webpack fails for routes on the edge where an app has no page.

/** @param {{ children: unknown }} props */
export default ({ children }) => children;
