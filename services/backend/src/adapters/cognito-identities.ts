import {
  AdminDeleteUserCommand,
  CognitoIdentityProviderClient,
  UserNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';

const cognito = new CognitoIdentityProviderClient({});

/** Removes the sign-in of this subject. A subject of another issuer, or one already removed, is not found: nothing to do. */
export async function removeIdentity(userPoolId: string, subject: string): Promise<void> {
  try {
    await cognito.send(new AdminDeleteUserCommand({ UserPoolId: userPoolId, Username: subject }));
  } catch (error) {
    if (!(error instanceof UserNotFoundException)) throw error;
  }
}
