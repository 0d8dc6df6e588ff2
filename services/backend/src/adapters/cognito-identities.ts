import {
  AdminDeleteUserCommand,
  CognitoIdentityProviderClient,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';

const cognito = new CognitoIdentityProviderClient({});

/**
 * Removes the sign-in of this subject; nothing to do when it is removed already.
 *
 * @param userPoolId undefined where the tokens are another issuer's: its subjects mean nothing to the pool, or somebody else
 */
export async function removeIdentity(userPoolId: string | undefined, subject: string): Promise<void> {
  if (userPoolId === undefined) return;
  try {
    await cognito.send(new AdminDeleteUserCommand({ UserPoolId: userPoolId, Username: subject }));
  } catch (error) {
    if (!(error instanceof UserNotFoundException)) throw error;
  }
}
