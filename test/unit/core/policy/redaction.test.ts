import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REDACTED, SecretRedactor } from "../../../../src/core/policy/redaction.ts";

it("replaces a secret wherever it stands, also as JSON, URL and base64", () => {
  const secret = 'sk-"key"/1?&=';
  const redactor = new SecretRedactor([secret]);
  const forms = [
    secret,
    JSON.stringify({ secret }),
    encodeURIComponent(secret),
    Buffer.from(secret).toString("base64"),
  ];
  for (const form of forms) {
    const redacted = redactor.redact(`before ${form} after`);
    expect(redacted).toContain(REDACTED);
    expect(redacted).not.toContain("sk-");
    expect(redacted.startsWith("before ")).toBe(true);
    expect(redacted.endsWith(" after")).toBe(true);
  }
});

it("replaces secrets that overlap as one", () => {
  expect(new SecretRedactor(["abcdefgh", "efghijkl"]).redact("xabcdefghijkly")).toBe(`x${REDACTED}y`);
  expect(new SecretRedactor(["aaaaaa"]).redact("aaaaaaaaaaaaaaa")).toBe(REDACTED);
});

it("leaves short values alone: they are words", () => {
  expect(new SecretRedactor(["test"]).redact("test")).toBe("test");
});

it("knows a secret from the moment it is added, in streams too", () => {
  const redactor = new SecretRedactor();
  const stream = redactor.stream();
  expect(stream.push("secret-value ")).toBe("secret-value ");
  redactor.add("secret-value");
  expect(stream.push("secret-value ") + stream.end()).toBe(`${REDACTED} `);
});

it("reaches into values, keys included", () => {
  const redactor = new SecretRedactor(["secret-value"]);
  expect(redactor.redactDeep({ a: ["x secret-value", 1, null], "secret-value": { b: true } })).toEqual({
    a: [`x ${REDACTED}`, 1, null],
    [REDACTED]: { b: true },
  });
});

describe("a stream", () => {
  it("passes text on at once where no secret can begin", () => {
    const stream = new SecretRedactor(["secret-value"]).stream();
    expect(stream.push("plain text")).toBe("plain text");
    expect(stream.push(" sec")).toBe(" ");
    expect(stream.push("ond")).toBe("second");
    expect(stream.push(" secret-val")).toBe(" ");
    expect(stream.push("ue!")).toBe(`${REDACTED}!`);
    expect(stream.push("secret-v")).toBe("");
    expect(stream.end()).toBe("secret-v");
  });

  // A small alphabet, so that secrets overlap with each other and with themselves.
  const secret = fc.string({ unit: fc.constantFrom("a", "b", "-"), minLength: 6, maxLength: 12 });
  const filler = fc.string({ unit: fc.constantFrom("a", "b", "-", "\n"), maxLength: 8 });
  const scene = fc.array(secret, { minLength: 1, maxLength: 3 }).chain((secrets) =>
    fc.record({
      secrets: fc.constant(secrets),
      pieces: fc.array(fc.oneof(filler, fc.constantFrom(...secrets)), { maxLength: 12 }),
      cuts: fc.array(fc.nat(200), { maxLength: 12 }),
    }),
  );

  function chunks(text: string, cuts: readonly number[]): string[] {
    const positions = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].toSorted((left, right) => left - right);
    return [0, ...positions].map((start, index) => text.slice(start, positions[index] ?? text.length));
  }

  it("lets no secret through, however the text is cut, and nothing else is lost", () => {
    fc.assert(
      fc.property(scene, ({ secrets, pieces, cuts }) => {
        const text = pieces.join("");
        const redactor = new SecretRedactor(secrets);
        const stream = redactor.stream();
        const passed = chunks(text, cuts).map((chunk) => stream.push(chunk));
        const whole = passed.join("") + stream.end();
        expect(whole).toBe(redactor.redact(text));
        for (const value of secrets) expect(whole).not.toContain(value);
        for (const piece of passed) for (const value of secrets) expect(piece).not.toContain(value);
        // What stands between the marks is the text, in order.
        let position = 0;
        for (const kept of whole.split(REDACTED)) {
          const found = text.indexOf(kept, position);
          expect(found).toBeGreaterThanOrEqual(position);
          position = found + kept.length;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
