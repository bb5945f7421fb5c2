// Owns the page around its script: head, policy, and the place where the results go. Text in, text out.

/** Where the results go; report.ts puts them there. */
const RESULTS = "{{results}}";

/**
 * @param {object} parts
 * @param {string} parts.policy - what the page may load and run.
 * @param {string} parts.licences - of what is bundled.
 * @param {string} parts.styles
 * @param {string} parts.script
 */
export function pageAround({ policy, licences, styles, script }) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>wasyncio, measured</title>
<!--
Bundled into this page:

${licences}
-->
<style>${styles}</style>
</head>
<body>
<div id="page"><noscript>The figures are drawn by JavaScript, which is switched off. They are in this file as JSON.</noscript></div>
<script type="application/json" id="results">${RESULTS}</script>
<script>${script}</script>
</body>
</html>
`;
}
