/** True in the debug build; a constant set by `asconfig.json`. Only for editors: asc ignores this file. */
declare const CHECKED: bool;
