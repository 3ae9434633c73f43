namespace Silo.Server.Access;

/// <summary>Who calls, from where.</summary>
/// <param name="Key">What was presented, verified and enabled.</param>
/// <param name="Address">The IP address of the peer, as text; null when it is not known.</param>
internal sealed record Caller(AccessKey Key, string? Address)
{
    public CredentialKind Kind => Key.Kind;

    public string? TenantName => Key.TenantName;

    public string KeyId => Key.Id;
}
