using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;

namespace Silo.Server.Delivery.Ses;

/// <summary>
/// Keys to sign with: those of the options, of a profile, or what the AWS SDK's chain finds. Temporary ones are renewed by the SDK.
/// </summary>
internal sealed class SesCredentials(SesOptions options) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private AWSCredentials? _source;

    /// <exception cref="Exception">There are none, or whoever gives them does not answer; the chain throws whatever its parts do.</exception>
    public async ValueTask<ImmutableCredentials> Get(CancellationToken cancellationToken)
    {
        var source = Volatile.Read(ref _source) ?? await Find(cancellationToken);
        return await source.GetCredentialsAsync().WaitAsync(cancellationToken);
    }

    /// <summary>They were refused: the next call looks for them anew, since files and environments change.</summary>
    public void Forget() => Volatile.Write(ref _source, null);

    public void Dispose() => _turn.Dispose();

    private async ValueTask<AWSCredentials> Find(CancellationToken cancellationToken)
    {
        // One at a time: a chain that ends at an instance's metadata asks over the network.
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (Volatile.Read(ref _source) is { } found) return found;
            var source = await Look(cancellationToken);
            Volatile.Write(ref _source, source);
            return source;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask<AWSCredentials> Look(CancellationToken cancellationToken)
    {
        if (!string.IsNullOrEmpty(options.AccessKeyId))
        {
            return string.IsNullOrEmpty(options.SessionToken)
                ? new BasicAWSCredentials(options.AccessKeyId, options.SecretAccessKey)
                : new SessionAWSCredentials(options.AccessKeyId, options.SecretAccessKey, options.SessionToken);
        }

        if (string.IsNullOrEmpty(options.Profile))
            return await new DefaultAWSCredentialsIdentityResolver().ResolveIdentityAsync(new SesClientConfig(), cancellationToken);
        return new CredentialProfileStoreChain(options.ProfilesFile).TryGetAWSCredentials(options.Profile, out var credentials)
            ? credentials
            : throw new InvalidOperationException($"The profile {options.Profile} has no credentials.");
    }
}
