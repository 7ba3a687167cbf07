/**
 * The policy of the page forbids making code from text, which zod tries for speed when the first schema is
 * made; so this must be imported before any schema.
 */
import { config } from "zod";

config({ jitless: true });
