using Silo.Server.Accounts;
using Silo.Server.SesApi.Operations.ConfigurationSets;
using Silo.Server.SesApi.Operations.Identities;
using Silo.Server.SesApi.Operations.Sending;
using Silo.Server.SesApi.Operations.Templates;
using Silo.Storage;

namespace Silo.Server.SesApi.Operations.CustomVerification;

/// <summary>Makes the address an identity that is pending, unless it is one, and asks its owner in the words of a template.</summary>
internal static class SendCustomVerificationEmail
{
    public static SesOperation Operation { get; } = SesOperation.Of(
        "SendCustomVerificationEmail", "POST", "/v2/email/outbound-custom-verification-emails",
        SesJson.Default.SendCustomVerificationEmailRequest, Handle) with
    {
        Deviation = "The link leads to a page whose button verifies the address; opening the link alone does not.",
    };

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, SendCustomVerificationEmailRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var address = IdentityName.Normalize(request.EmailAddress);
        if (checks.RequiredText(request.EmailAddress, "EmailAddress") && (address is null || !IdentityName.IsAddress(address)))
            checks.Fail("EmailAddress must be an address with a 7-bit local part");
        EmailTemplateMembers.CheckName(request.TemplateName, checks);
        if (request.ConfigurationSetName is not null) ConfigurationSetMembers.CheckName(request.ConfigurationSetName, checks);
        if (checks.Error is { } refused) return refused;

        var services = call.Services;
        if (await services.VerificationTemplates.Get(request.TemplateName!, cancellationToken) is not { } template)
            return CustomVerificationMembers.NotFound(request.TemplateName!);
        if (request.ConfigurationSetName is { } set && await services.Account.GetConfigurationSet(set, cancellationToken) is null)
            return ConfigurationSetMembers.NotFound(set);
        if (await CustomVerificationMembers.CheckSender(call, template, cancellationToken) is { } unverified) return unverified;
        var identity = new EmailIdentity
        {
            Name = address!, CreatedAt = services.Time.GetUtcNow(), VerificationStatus = "PENDING",
            Dkim = DkimShape.Start(null, isAddress: true, isVerified: false, services.Time.GetUtcNow(), services.Random),
        };
        switch (await services.Account.Create(identity, [], cancellationToken))
        {
            case ResourceCreation.LimitReached:
                return SesError.LimitExceeded($"The account has reached its limit of {AccountResources.MaxIdentities} identities.");
            case ResourceCreation.AlreadyExists:
                if (await services.Account.GetIdentity(address!, cancellationToken) is not { } known)
                    return SesError.ConcurrentModification($"Email identity {address}");
                identity = known;
                break;
        }

        var reply = await services.VerificationMail.Ask(identity, template, request.ConfigurationSetName, cancellationToken);
        return reply.MessageId is { } id
            ? SesAnswer.Json(new SendCustomVerificationEmailResponse(id), SesJson.Default.SendCustomVerificationEmailResponse)
            : SendEmail.ErrorOf(reply);
    }
}

internal sealed record SendCustomVerificationEmailRequest(string? EmailAddress, string? TemplateName, string? ConfigurationSetName);

internal sealed record SendCustomVerificationEmailResponse(string MessageId);
