/** True in the debug build; a constant that `asconfig.json` gives. For editors alone: asc ignores this file. */
declare const CHECKED: bool;
