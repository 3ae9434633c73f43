namespace Silo.Server.SesApi.Operations.Identities;

/// <summary>The three operations of identity certificates. Their keys would be in AWS Certificate Manager, and never leave it.</summary>
internal static class EmailIdentityCertificates
{
    private const string Path = "/v2/email/identity/certificates";

    public static SesOperation Associate { get; } = SesOperation.Of("AssociateEmailIdentityCertificate", "POST", Path, Refuse);

    public static SesOperation Disassociate { get; } = SesOperation.Of("DisassociateEmailIdentityCertificate", "POST", Path + "/delete", Refuse);

    public static SesOperation List { get; } = SesOperation.Of("ListEmailIdentityCertificates", "POST", Path + "/list", Refuse);

    private static ValueTask<SesAnswer> Refuse(SesCall call, CancellationToken cancellationToken) => ValueTask.FromResult<SesAnswer>(
        SesError.BadRequest(
            "Certificates of identities are not available here: S/MIME signing uses keys of AWS Certificate Manager, which only AWS can use. "
            + "Sign the message yourself and send it as Content.Raw; DKIM signatures of this service do not break it."));
}
