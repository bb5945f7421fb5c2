/** What the page's programs use of the DOM, for the tests that import them; the page itself has all of it. */
declare const document: { readonly baseURI: string };
