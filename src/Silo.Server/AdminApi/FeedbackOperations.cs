using Silo.Core.Addresses;
using Silo.Core.Messages;
using Silo.Server.Delivery;
using Silo.Server.Feedback;
using Silo.Server.SesApi;

namespace Silo.Server.AdminApi;

/// <summary>Outcomes that other programs learned of: spam-trap reports, a provider's own feed, a mailing house's bounces.</summary>
internal static class FeedbackOperations
{
    // Each entry without a reference is looked for in the log.
    private const int MaxEntries = 100;
    private const int MaxReferenceCharacters = 600;
    private const int MaxDiagnosticCharacters = 1_000;
    private const int MaxComplaintTypeCharacters = 64;

    public static SesOperation Post { get; } = SesOperation.Of(
        "PostFeedback", "POST", "/silo/v1/feedback", AdminJson.Default.PostFeedbackRequest, Take);

    private static async ValueTask<SesAnswer> Take(SesCall call, PostFeedbackRequest request, CancellationToken cancellationToken)
    {
        var checks = new MemberChecks();
        if (request.Entries is not { Count: > 0 and <= MaxEntries } shapes)
            return checks.Fail($"Entries must hold 1 to {MaxEntries} entries").Error!;
        var entries = new List<FeedbackEntry>(shapes.Count);
        for (var i = 0; i < shapes.Count; i++)
            if (Read(shapes[i], $"Entries[{i}]", checks) is { } entry) entries.Add(entry);
        if (checks.Error is { } refused) return refused;
        var results = await call.Services.Feedback.Take(entries, cancellationToken);
        return SesAnswer.Json(
            new PostFeedbackResponse([.. results.Select(r => new FeedbackResultShape(NameOf(r)))]), AdminJson.Default.PostFeedbackResponse);
    }

    private static FeedbackEntry? Read(FeedbackEntryShape? shape, string at, MemberChecks checks)
    {
        if (!checks.Required(shape, at)) return null;
        checks.Length(shape!.Reference, $"{at}.Reference", 1, MaxReferenceCharacters);
        if (shape.Reference is null == (shape.MessageId is null || shape.Recipient is null))
            checks.Fail($"{at} must hold either Reference, or MessageId and Recipient");
        if (shape.MessageId is not null && !MessageIdFormat.TryGetAcceptedAt(shape.MessageId, out _))
            checks.Fail($"{at}.MessageId is no id that a send was answered with");
        if (shape.Recipient is not null && !EmailAddress.TryParse(shape.Recipient, true, out _))
            checks.Fail($"{at}.Recipient is no mail address");
        checks.Length(shape.Diagnostic, $"{at}.Diagnostic", 0, MaxDiagnosticCharacters);
        checks.Length(shape.ComplaintType, $"{at}.ComplaintType", 1, MaxComplaintTypeCharacters);
        if (shape.ComplaintType is not null && shape.Kind != "COMPLAINT") checks.Fail($"{at}.ComplaintType goes with Kind COMPLAINT alone");
        if (checks.Required(shape.Kind, $"{at}.Kind"))
            checks.OneOf(shape.Kind, $"{at}.Kind", "DELIVERY", "HARD_BOUNCE", "SOFT_BOUNCE", "BLOCK", "COMPLAINT");
        var type = shape.Kind == "COMPLAINT" ? (shape.ComplaintType ?? "abuse").ToLowerInvariant() : null;
        var verdict = type is null ? new FeedbackVerdict(KindOf(shape.Kind)) : FeedbackVerdicts.OfComplaint(type);
        if (verdict is null) checks.Fail($"{at}.ComplaintType is of reports that are no complaints");
        return checks.Error is not null ? null : new FeedbackEntry(
            shape.Reference, shape.MessageId, shape.Recipient, verdict!.Value with { Diagnostic = shape.Diagnostic },
            verdict.Value.Kind == FeedbackKind.Complaint ? type : null);
    }

    private static FeedbackKind KindOf(string? name) => name switch
    {
        "DELIVERY" => FeedbackKind.Delivered,
        "HARD_BOUNCE" => FeedbackKind.HardBounce,
        "SOFT_BOUNCE" => FeedbackKind.SoftBounce,
        _ => FeedbackKind.Blocked,
    };

    private static string NameOf(EntryResult result) => result switch
    {
        EntryResult.Stored => "STORED",
        EntryResult.Forged => "FORGED",
        EntryResult.Expired => "EXPIRED",
        EntryResult.NotFound => "NOT_FOUND",
        _ => "NOT_STORED",
    };
}

/// <param name="Entries">1 to 100.</param>
internal sealed record PostFeedbackRequest(IReadOnlyList<FeedbackEntryShape?>? Entries);

/// <param name="Reference">The value of the message's X-Silo-Ref, in place of the next two.</param>
/// <param name="MessageId">The id that the send was answered with.</param>
/// <param name="Kind">DELIVERY, HARD_BOUNCE, SOFT_BOUNCE, BLOCK or COMPLAINT.</param>
/// <param name="ComplaintType">
/// As in ARF reports; abuse when it is not given. An opt-out is stored as a wish to get no more; not-spam, auth-failure and dmarc are
/// refused.
/// </param>
/// <param name="Diagnostic">At most 1,000 characters, for a person.</param>
internal sealed record FeedbackEntryShape(
    string? Reference, string? MessageId, string? Recipient, string? Kind, string? ComplaintType, string? Diagnostic);

/// <param name="Results">One for each entry, in their order.</param>
internal sealed record PostFeedbackResponse(IReadOnlyList<FeedbackResultShape> Results);

/// <param name="Status">STORED (also when it was known), NOT_FOUND, EXPIRED, FORGED, or NOT_STORED: tell it again.</param>
internal sealed record FeedbackResultShape(string Status);
