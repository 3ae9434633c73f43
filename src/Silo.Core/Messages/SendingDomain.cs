namespace Silo.Core.Messages;

/// <summary>
/// The domain that a message is sent for: that of its verified identity, by which it is signed (the DKIM domain, SES developer guide,
/// "Authenticating email with DKIM"). Mail from a subdomain that no identity of its own covers is its parent's, to mailbox providers too.
/// </summary>
public static class SendingDomain
{
    private const string Identity = ":identity/";

    /// <returns>In lower case; null when neither tells one.</returns>
    /// <param name="identityArn">Of the identity, a domain or an address.</param>
    /// <param name="fromAddress">Of the From header, for an ARN that names no identity.</param>
    public static string? Of(string identityArn, string fromAddress)
    {
        var at = identityArn.LastIndexOf(Identity, StringComparison.Ordinal);
        var name = at < 0 ? fromAddress : identityArn[(at + Identity.Length)..];
        var domain = name[(name.LastIndexOf('@') + 1)..].ToLowerInvariant();
        return domain.Length == 0 || (at < 0 && domain.Length == name.Length) ? null : domain;
    }

    public static string? Of(Envelope envelope) => Of(envelope.IdentityArn, envelope.FromAddress);
}
