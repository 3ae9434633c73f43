namespace Silo.Server.Identities;

/// <summary>What the configuration says about identities, with its defaults worked out.</summary>
/// <param name="AutoVerify">Domains and their keys are taken for verified without DNS.</param>
/// <param name="Signs">Mail is signed.</param>
/// <param name="SigningHostedZone">What a token's alias leads to a name in: "dkim." and the platform's zone; null without one.</param>
/// <param name="MailFromMx">The host that MAIL FROM domains must name; null where none takes reports.</param>
/// <param name="SpfInclude">What their SPF record must include; null for nothing.</param>
/// <param name="RevokeAfter">How long what was found may be missing.</param>
/// <param name="KeepRetired">How long a key stays published that is used no more.</param>
/// <param name="RotateAfter">The age at which keys are replaced; null for never.</param>
internal sealed record IdentityTerms(
    bool AutoVerify, bool Signs, string? SigningHostedZone, string? MailFromMx, string? SpfInclude, TimeSpan RevokeAfter, TimeSpan KeepRetired,
    TimeSpan? RotateAfter);
