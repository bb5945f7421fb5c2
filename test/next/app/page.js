// The one page, with nothing on it.

export default () => "wasyncio";
