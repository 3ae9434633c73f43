using Silo.Core.Messages;

namespace Silo.Server.Lists;

/// <summary>
/// The header Feedback-ID, as Gmail reads it: up to three identifiers and the sender's, with colons between (Gmail, Feedback Loop). Here:
/// campaign, configuration set, tenant, platform. Postmaster Tools then tell complaints by tenant.
/// </summary>
internal static class FeedbackId
{
    public const string Header = "Feedback-ID";

    private const string CampaignTag = "ses:feedback-id-a";
    private const string SetTag = "ses:feedback-id-b";
    private const int MaxFieldCharacters = 64;

    /// <param name="tags">ses:feedback-id-a and -b, as with SES, or campaign, name what the first two fields would hold otherwise.</param>
    public static string Of(IReadOnlyList<MessageTag> tags, string? setName, string tenantName, string senderId) =>
        $"{Field(Tag(tags, CampaignTag) ?? Tag(tags, "campaign"))}:{Field(Tag(tags, SetTag) ?? setName)}:{tenantName}:{senderId}";

    // A header's value: what a tag or a name may hold beside these would break it or its fields.
    private static string Field(string? value)
    {
        var kept = (value ?? "").Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.').Take(MaxFieldCharacters);
        return string.Concat(kept) is { Length: > 0 } field ? field : "none";
    }

    private static string? Tag(IReadOnlyList<MessageTag> tags, string name)
    {
        foreach (var tag in tags)
            if (tag.Name == name) return tag.Value;
        return null;
    }
}
