using Silo.Server.Insights;

namespace Silo.Server.SesApi.Operations.Insights;

internal static class GetEmailAddressInsights
{
    private const int MaxCharacters = 320;

    public static SesOperation Operation { get; } = SesOperation.Of(
        "GetEmailAddressInsights", "POST", "/v2/email/email-address-insights", InsightJson.Default.GetEmailAddressInsightsRequest, Handle) with
    {
        MostAtOnce = 16,
        Deviation = "Judged by syntax, DNS, suppression lists and what became of mail to the address within 30 days; no server is asked about "
            + "a mailbox. A verdict that nothing is known for is absent.",
    };

    private static async ValueTask<SesAnswer> Handle(
        SesCall call, GetEmailAddressInsightsRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (checks.RequiredText(request.EmailAddress, "EmailAddress")) checks.Length(request.EmailAddress, "EmailAddress", 1, MaxCharacters);
        if (checks.Error is { } refused) return refused;
        var verdicts = await call.Services.Addresses.Of(request.EmailAddress!, call.TenantOr(request.TenantName), cancellationToken);
        return SesAnswer.Json(
            new GetEmailAddressInsightsResponse(new MailboxValidationShape(
                ToWire(verdicts.IsValid)!,
                new MailboxEvaluationsShape(
                    ToWire(verdicts.HasValidSyntax), ToWire(verdicts.HasValidDnsRecords), ToWire(verdicts.MailboxExists),
                    ToWire(verdicts.IsRoleAddress), ToWire(verdicts.IsDisposable), ToWire(verdicts.IsRandomInput)))),
            InsightJson.Default.GetEmailAddressInsightsResponse);
    }

    private static VerdictShape? ToWire(Confidence? confidence) =>
        confidence is { } known ? new VerdictShape(known.ToString().ToUpperInvariant()) : null;
}

/// <param name="TenantName">Silo's own: by whose lists and mail; absent for all.</param>
internal sealed record GetEmailAddressInsightsRequest(string? EmailAddress, string? TenantName);

internal sealed record GetEmailAddressInsightsResponse(MailboxValidationShape MailboxValidation);

internal sealed record MailboxValidationShape(VerdictShape IsValid, MailboxEvaluationsShape Evaluations);

internal sealed record MailboxEvaluationsShape(
    VerdictShape? HasValidSyntax, VerdictShape? HasValidDnsRecords, VerdictShape? MailboxExists, VerdictShape? IsRoleAddress,
    VerdictShape? IsDisposable, VerdictShape? IsRandomInput);

internal sealed record VerdictShape(string ConfidenceVerdict);
