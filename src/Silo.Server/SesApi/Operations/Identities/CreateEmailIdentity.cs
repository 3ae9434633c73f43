using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.Identities;

internal static class CreateEmailIdentity
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "CreateEmailIdentity", "POST", "/v2/email/identities", SesJson.Default.CreateEmailIdentityRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CreateEmailIdentityRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var name = IdentityName.Normalize(request.EmailIdentity);
        if (checks.RequiredText(request.EmailIdentity, "EmailIdentity") && name is null)
            checks.Fail("EmailIdentity must be a domain, or an address with a 7-bit local part; international domains in their xn-- form");
        var isAddress = name is not null && IdentityName.IsAddress(name);
        var key = DkimShape.Check(request.DkimSigningAttributes, isAddress, checks);
        var tags = TagRules.Check(request.Tags, checks);
        if (checks.Error is { } refused) return refused;

        var services = call.Services;
        var set = request.ConfigurationSetName is { Length: > 0 } named ? named : null;
        if (set is not null && await services.Account.GetConfigurationSet(set, cancellationToken) is null)
            return ConfigurationSets.ConfigurationSetMembers.NotFound(set);
        var now = services.Time.GetUtcNow();
        var isVerified = services.Options.Identities.AutoVerify == true;
        var identity = new EmailIdentity
        {
            Name = name!,
            CreatedAt = now,
            VerificationStatus = isVerified ? "SUCCESS" : "PENDING",
            Dkim = DkimShape.Start(request.DkimSigningAttributes, isAddress, isVerified, now, services.Random),
            ConfigurationSetName = set,
            LastCheckedAt = isVerified ? now : null,
            LastSuccessAt = isVerified ? now : null,
        };
        switch (await services.Account.Create(identity, tags, cancellationToken))
        {
            case ResourceCreation.AlreadyExists:
                return SesError.AlreadyExists($"Email identity {identity.Name} already exists.");
            case ResourceCreation.LimitReached:
                return SesError.LimitExceeded($"The account has reached its limit of {AccountResources.MaxIdentities} identities.");
        }

        if (key is not null) await services.IdentityKeys.Put(identity.Name, identity.Dkim.Tokens[0], key, null, cancellationToken);
        await services.VerificationMail.Ask(identity, cancellationToken);
        return SesAnswer.Json(
            new CreateEmailIdentityResponse(
                identity.IdentityType, identity.IsVerified, DkimShape.ToWire(identity.Dkim, services.IdentityTerms.SigningHostedZone)),
            SesJson.Default.CreateEmailIdentityResponse);
    }
}

internal sealed record CreateEmailIdentityRequest(
    string? EmailIdentity, IReadOnlyList<Tag?>? Tags, DkimSigningAttributes? DkimSigningAttributes, string? ConfigurationSetName);

internal sealed record CreateEmailIdentityResponse(string IdentityType, bool VerifiedForSendingStatus, DkimAttributes DkimAttributes);
