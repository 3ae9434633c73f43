using Silo.Core.Delivery;
using Silo.Server.Accounts;
using Silo.Server.SesApi;

namespace Silo.Server.AdminApi;

/// <summary>The platform's own rules about replies, read and replaced as a whole, and what a reply would mean.</summary>
internal static class ReplyRuleOperations
{
    private const string Path = "/silo/v1/reply-rules";
    private const int MaxReplyLength = 1_000;
    private const int MaxErrors = 10;

    private static readonly string[] Stages =
        [.. Enum.GetValues<DeliveryStage>().Where(s => s != DeliveryStage.None).Select(s => s.ToString())];

    public static SesOperation Get { get; } = SesOperation.Of("GetReplyRules", "GET", Path, Read);

    public static SesOperation Put { get; } = SesOperation.Of("PutReplyRules", "PUT", Path, Replace);

    public static SesOperation Delete { get; } = SesOperation.Of(
        "DeleteReplyRules", "DELETE", Path, (call, cancellationToken) => Store(call, "[]"u8.ToArray(), cancellationToken));

    public static SesOperation Explain { get; } = SesOperation.Of("ExplainReply", "GET", Path + "/explain", ExplainReply);

    private static async ValueTask<SesAnswer> Read(SesCall call, CancellationToken cancellationToken) =>
        new(null, await call.Services.ReplyRules.Get(cancellationToken));

    private static async ValueTask<SesAnswer> Replace(SesCall call, CancellationToken cancellationToken)
    {
        string[] providers = [.. call.Services.Providers.All.Select(p => p.Name)];
        if (OwnReplyRules.TryParse(call.Body.Span, providers, out _, out var errors)) return await Store(call, call.Body.ToArray(), cancellationToken);
        var checks = new MemberChecks();
        foreach (var error in errors.Take(MaxErrors)) checks.Fail(error.TrimEnd('.'));
        return checks.Error!;
    }

    private static async ValueTask<SesAnswer> Store(SesCall call, byte[] json, CancellationToken cancellationToken) =>
        await call.Services.ReplyRules.Put(json, cancellationToken) == ResourceChange.Done
            ? SesAnswer.Empty
            : SesError.ConcurrentModification("The list of reply rules");

    private static ValueTask<SesAnswer> ExplainReply(SesCall call, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        var code = call.QueryInt("code", checks);
        var (enhanced, text, provider, stage) = (
            call.QueryValue("enhanced", checks), call.QueryValue("text", checks), call.QueryValue("provider", checks),
            call.QueryValue("stage", checks));
        if (checks.Required(code, "code")) checks.Range(code, "code", 400, 599);
        checks.Length(text, "text", 0, MaxReplyLength).OneOf(stage, "stage", Stages);
        checks.OneOf(provider, "provider", [.. call.Services.Providers.All.Select(p => p.Name)]);
        if (enhanced is not null && !IsEnhancedCode(enhanced)) checks.Fail("enhanced must be an enhanced code such as 5.1.1");
        if (checks.Error is { } refused) return ValueTask.FromResult<SesAnswer>(refused);

        var at = stage is null ? DeliveryStage.Recipient : Enum.Parse<DeliveryStage>(stage);
        var rule = call.Services.ReplyBook.Present.Find(at, new SmtpReply(code!.Value, enhanced, text ?? ""), provider);
        var isShipped = ReplyRules.Shipped.Rules.Any(r => ReferenceEquals(r, rule));
        return ValueTask.FromResult<SesAnswer>(SesAnswer.Json(
            new ExplainReplyResponse(
                rule.Name, isShipped, rule.Kind.ToString(), rule.BounceSubType == BounceSubType.None ? null : rule.BounceSubType.ToString(),
                rule.DeferralScope == DeferralScope.None ? null : rule.DeferralScope.ToString(), rule.Actor.ToString(), rule.Advice,
                rule.Explanation),
            AdminJson.Default.ExplainReplyResponse));
    }

    private static bool IsEnhancedCode(string code) =>
        code.Split('.') is { Length: 3 } parts && parts[0] is "4" or "5"
        && parts.All(p => p.Length is > 0 and < 4 && p.All(char.IsAsciiDigit));
}

/// <param name="RuleName">The rule that decides.</param>
/// <param name="IsShipped">False for one of the platform's own.</param>
/// <param name="Kind">What becomes of the delivery: HardBounce, SoftBounce, Blocked, Deferred or RouteFailed.</param>
/// <param name="DeferralScope">Recipient, or SlowDown for the whole route; absent for what is no deferral.</param>
/// <param name="Actor">Who can do something about it: Nobody, Tenant, Operator or Recipient.</param>
internal sealed record ExplainReplyResponse(
    string RuleName, bool IsShipped, string Kind, string? BounceSubType, string? DeferralScope, string Actor, string? Advice,
    string Explanation);
