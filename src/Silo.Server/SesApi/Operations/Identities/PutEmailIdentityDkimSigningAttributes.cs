using Silo.Server.Accounts;
using Silo.Server.Identities;

namespace Silo.Server.SesApi.Operations.Identities;

/// <summary>Clients until 2025 call it below /v1, later ones below /v2.</summary>
internal static class PutEmailIdentityDkimSigningAttributes
{
    private const string Name = "PutEmailIdentityDkimSigningAttributes";

    public static SesOperation Operation { get; } = SesOperation.Of(
        Name, "PUT", GetEmailIdentity.Path + "/dkim/signing", SesJson.Default.PutEmailIdentityDkimSigningAttributesRequest, Handle);

    public static SesOperation OlderOperation { get; } = SesOperation.Of(
        Name, "PUT", "/v1/email/identities/{EmailIdentity}/dkim/signing", SesJson.Default.PutEmailIdentityDkimSigningAttributesRequest, Handle);

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, PutEmailIdentityDkimSigningAttributesRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var (origin, given) = (request.SigningAttributesOrigin, request.SigningAttributes);
        checks.RequiredText(origin, "SigningAttributesOrigin");
        checks.OneOf(origin, "SigningAttributesOrigin", "AWS_SES", "EXTERNAL");
        if (origin == "EXTERNAL") checks.Required(given?.DomainSigningSelector, "SigningAttributes.DomainSigningSelector");
        var key = DkimShape.Check(given, isAddress: false, checks, "SigningAttributes");
        if (origin == "AWS_SES" && given?.DomainSigningSelector is not null)
            checks.Fail("SigningAttributes.DomainSigningSelector goes with SigningAttributesOrigin EXTERNAL");
        if (checks.Error is { } refused) return refused;

        var services = call.Services;
        if (await services.Account.GetIdentity(call.Labels[0], cancellationToken) is not { } identity) return GetEmailIdentity.NotFound(call.Labels[0]);
        if (IdentityName.IsAddress(identity.Name)) return SesError.BadRequest("An address has no keys of its own; give them to its domain.");
        var length = given?.NextSigningKeyLength;
        var change = key is not null
            ? await services.DkimChanges.UseOwn(identity.Name, given!.DomainSigningSelector!, key, cancellationToken)
            : await UseEasy(services, identity, length, cancellationToken);
        if (change != ResourceChange.Done) return IdentityChange.Answer(change, identity.Name);
        var now = await services.Account.GetIdentity(identity.Name, cancellationToken);
        var attributes = DkimShape.ToWire((now ?? identity).Dkim, services.IdentityTerms.SigningHostedZone);
        return SesAnswer.Json(
            new PutEmailIdentityDkimSigningAttributesResponse(attributes.Status, attributes.Tokens, attributes.SigningHostedZone),
            SesJson.Default.PutEmailIdentityDkimSigningAttributesResponse);
    }

    /// <summary>An identity that has Easy DKIM keeps its tokens; another length of key comes with the next key, whenever that is.</summary>
    private static async ValueTask<ResourceChange> UseEasy(
        SesServices services, EmailIdentity identity, string? length, CancellationToken cancellationToken)
    {
        if (identity.Dkim.Origin != "AWS_SES")
        {
            return await services.DkimChanges.UseEasy(
                identity.Name, DkimChanges.NewTokens(services.Random), length ?? DkimKeyLength.Usual, cancellationToken);
        }

        if (length is null || length == identity.Dkim.NextSigningKeyLength) return ResourceChange.Done;
        // What stands in the way of a key now does not of the wish.
        var (done, _) = await services.DkimChanges.Rotate(identity, length, cancellationToken);
        return done ?? await services.Account.ChangeIdentity(
            identity.Name, i => i with { Dkim = i.Dkim with { NextSigningKeyLength = length } }, cancellationToken);
    }
}

internal sealed record PutEmailIdentityDkimSigningAttributesRequest(string? SigningAttributesOrigin, DkimSigningAttributes? SigningAttributes);

internal sealed record PutEmailIdentityDkimSigningAttributesResponse(string DkimStatus, IReadOnlyList<string>? DkimTokens, string? SigningHostedZone);
