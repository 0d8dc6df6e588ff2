/**
 * What was typed into the sign-up form, until the code has come: it saves typing the password again. In memory only, and
 * forgotten as soon as it was used.
 */
let inProgress: { readonly email: string; readonly password: string } | undefined;

export function keepSignUp(email: string, password: string): void {
  inProgress = { email, password };
}

/** @returns the password typed for that address, once */
export function takePassword(email: string): string | undefined {
  const password = inProgress?.email === email ? inProgress.password : undefined;
  inProgress = undefined;
  return password;
}
