using Silo.Server.Accounts;

namespace Silo.Server.SesApi.Operations.Account;

internal static class GetAccount
{
    public static SesOperation Operation { get; } = SesOperation.Of("GetAccount", "GET", "/v2/email/account", Handle);

    private static async ValueTask<SesAnswer> Handle(SesCall call, CancellationToken cancellationToken)
    {
        var settings = await call.Services.Account.GetSettings(cancellationToken);
        var limits = call.Services.Options.Account;
        var quota = new SendQuota(limits.Max24HourSend, limits.MaxSendRate, await call.Services.Sent(cancellationToken));
        return SesAnswer.Json(
            new GetAccountResponse(
                settings.AutoWarmupEnabled, EnforcementStatus: "HEALTHY", ProductionAccessEnabled: true, quota,
                settings.SendingEnabled, new SuppressionAttributes(settings.SuppressedReasons, settings.SuppressionValidation),
                DetailsOf(settings.Details), settings.Vdm, settings.PricingPlan is { } plan ? new PricingAttributes(plan) : null),
            SesJson.Default.GetAccountResponse);
    }

    private static AccountDetailsShape? DetailsOf(AccountDetails? details) => details is null ? null : new AccountDetailsShape(
        details.MailType, details.WebsiteUrl, details.ContactLanguage, details.UseCaseDescription, details.AdditionalContactEmailAddresses,
        new ReviewDetails("GRANTED"));
}

/// <summary>
/// There is no sandbox and no review here: the account is in production and healthy. Details, VDM and pricing are absent until set.
/// </summary>
internal sealed record GetAccountResponse(
    bool DedicatedIpAutoWarmupEnabled, string EnforcementStatus, bool ProductionAccessEnabled, SendQuota SendQuota, bool SendingEnabled,
    SuppressionAttributes SuppressionAttributes, AccountDetailsShape? Details, VdmAttributes? VdmAttributes, PricingAttributes? PricingAttributes);

internal sealed record SendQuota(double Max24HourSend, double MaxSendRate, double SentLast24Hours);

internal sealed record SuppressionAttributes(
    IReadOnlyList<string> SuppressedReasons, SuppressionValidationOptions? ValidationAttributes);

internal sealed record AccountDetailsShape(
    string MailType, string WebsiteURL, string? ContactLanguage, string? UseCaseDescription,
    IReadOnlyList<string>? AdditionalContactEmailAddresses, ReviewDetails ReviewDetails);

internal sealed record ReviewDetails(string Status);

internal sealed record PricingAttributes(string CurrentPlan);
