/** When two file names may be one: what file systems that ignore letter case and Unicode form fold together. */

/** Characters HFS+ leaves out of a name when it compares (`.g\u200cit` opens `.git`); the invisible ones at large. */
const IGNORED = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * `name` without letter case, Unicode form and invisible characters: equal for all names any file system takes
 * for one. Upper before lower case, because only so `ß` meets `ss` and the long s meets `s`.
 */
export function foldName(name: string): string {
  return name.replace(IGNORED, "").normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}

/** {@link foldName}, and what Windows drops besides: trailing dots and blanks and the name of a stream. */
export function foldNameWidely(name: string): string {
  return foldName(name)
    .replace(/:.*$/su, "")
    .replace(/[. ]+$/u, "");
}
