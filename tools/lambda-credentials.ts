/**
 * Takes the place of the SDK's chain of credential providers in every bundle. Lambda hands a function its role's
 * credentials in the environment and nowhere else, so the providers for profiles, single sign-on and instance metadata,
 * a quarter of a small function's bundle, can never be asked.
 */
import { fromEnv } from '@aws-sdk/credential-provider-env';

export const defaultProvider = () => fromEnv();
