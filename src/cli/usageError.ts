/** Something typed that cannot be carried out; the message is for the person. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
