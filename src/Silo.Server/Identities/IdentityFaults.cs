using Silo.Server.Accounts;

namespace Silo.Server.Identities;

/// <summary>What is wrong with an identity in DNS, in the words of SES's advisor.</summary>
/// <param name="Type">DKIM or SPF, at most one of each.</param>
/// <param name="IsGrave">Mail is refused or leaves without what receivers ask for; else something could be better.</param>
internal readonly record struct IdentityFault(string Type, string Text, DateTimeOffset? Since, bool IsGrave)
{
    public const string Dkim = "DKIM";
    public const string Spf = "SPF";

    public static IEnumerable<IdentityFault> Of(EmailIdentity identity)
    {
        if (!IdentityName.IsAddress(identity.Name) && OfDkim(identity) is var (text, isGrave))
            yield return new IdentityFault(Dkim, text, identity.Proof?.MissingSince ?? identity.Proof?.PendingSince, isGrave);
        if (identity.MailFrom is { Status: VerificationRules.Failed or VerificationRules.Temporary } mailFrom)
        {
            yield return new IdentityFault(
                Spf, $"The MAIL FROM record of {mailFrom.Domain} is not aligned", mailFrom.MissingSince ?? mailFrom.PendingSince,
                IsGrave: true);
        }
    }

    private static (string Text, bool IsGrave)? OfDkim(EmailIdentity identity) => identity switch
    {
        { Dkim.SigningEnabled: false } => ("DKIM verification is not enabled", false),
        { VerificationStatus: VerificationRules.Failed, Dkim.Status: VerificationRules.Failed, LastSuccessAt: not null } =>
            ("DKIM record not found: the identity is not verified any more", true),
        { Dkim.Status: VerificationRules.Failed or VerificationRules.Temporary } => ("DKIM verification has failed", true),
        { Dkim.CurrentSigningKeyLength: DkimKeyLength.Short } => ("The DKIM signing key length is below 2048 bits", false),
        _ => null,
    };
}
