/** Something that was there when it was looked for has been collected before it was named: look again. */
export class Collected extends Error {}
