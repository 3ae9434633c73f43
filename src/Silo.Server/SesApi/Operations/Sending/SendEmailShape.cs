using Silo.Core.Addresses;
using Silo.Core.Messages;
using Silo.Server.Accounts;
using Silo.Server.Intake;
using Silo.Server.SesApi.Operations.ConfigurationSets;
using Silo.Server.SesApi.Operations.Tenants;

namespace Silo.Server.SesApi.Operations.Sending;

/// <summary>Checks a request's shape, whole, and turns it into what intake takes. Nothing is looked up.</summary>
internal static class SendEmailShape
{
    public const int MaxTags = 50;
    private const int MaxTagLength = 256;

    // 320 for the address itself (RFC 3696 errata 1690), the rest for a display name in encoded words.
    private const int MaxAddressLength = 2_048;

    /// <summary>Null when a check failed.</summary>
    public static SendRequest? Check(SendEmailRequest request, Arns arns, MemberChecks checks)
    {
        var content = MessageContent.Check(request.Content, arns, checks);
        var isRaw = content is RawContent;
        CheckRecipients(request.Destination, content is null || isRaw, checks);
        CheckAddresses(request.ReplyToAddresses, "ReplyToAddresses", MessageLimits.MaxReplyToAddresses, checks);
        if (content is not null && !isRaw) checks.Required(request.FromEmailAddress, "FromEmailAddress");
        CheckAddress(request.FromEmailAddress, "FromEmailAddress", checks);
        CheckAddress(request.FeedbackForwardingEmailAddress, "FeedbackForwardingEmailAddress", checks);
        CheckIdentityArn(request.FromEmailAddressIdentityArn, "FromEmailAddressIdentityArn", arns, checks);
        CheckFeedbackArn(request, arns, checks);
        if (request.ConfigurationSetName is not null) ConfigurationSetMembers.CheckName(request.ConfigurationSetName, checks);
        if (request.TenantName is not null) TenantMembers.CheckName(request.TenantName, checks);
        CheckUnavailable(request, checks);
        var tags = CheckTags(request.EmailTags, checks);
        var list = CheckList(request.ListManagementOptions, checks);
        if (checks.Error is not null || content is null) return null;
        return new SendRequest
        {
            TenantName = request.TenantName,
            From = request.FromEmailAddress,
            To = Given(request.Destination?.ToAddresses),
            Cc = Given(request.Destination?.CcAddresses),
            Bcc = Given(request.Destination?.BccAddresses),
            ReplyTo = Given(request.ReplyToAddresses),
            FeedbackForwardingAddress = request.FeedbackForwardingEmailAddress,
            FromIdentityArn = request.FromEmailAddressIdentityArn,
            ConfigurationSetName = request.ConfigurationSetName,
            Tags = tags,
            Content = content,
            ListManagement = list,
            Tracking = Tracking(request.ConfigurationOverrides?.Tracking),
        };
    }

    private static TrackingOverride? Tracking(TrackingOverrides? tracking) =>
        tracking is null or { OpenTrackingEnabled: null, ClickTrackingEnabled: null }
        ? null
        : new TrackingOverride(IsOn(tracking.OpenTrackingEnabled), IsOn(tracking.ClickTrackingEnabled));

    private static bool? IsOn(string? status) => status is null ? null : status == "ENABLED";

    // The items have been checked: none is null.
    private static IReadOnlyList<string> Given(IReadOnlyList<string?>? items) => items is null ? [] : (IReadOnlyList<string>)items;

    private static void CheckRecipients(Destination? destination, bool mayBeEmpty, MemberChecks checks)
    {
        CheckAddresses(destination?.ToAddresses, "Destination.ToAddresses", int.MaxValue, checks);
        CheckAddresses(destination?.CcAddresses, "Destination.CcAddresses", int.MaxValue, checks);
        CheckAddresses(destination?.BccAddresses, "Destination.BccAddresses", int.MaxValue, checks);
        var count = Count(destination?.ToAddresses) + Count(destination?.CcAddresses) + Count(destination?.BccAddresses);
        if (count > MessageLimits.MaxRecipients)
            checks.Fail($"Destination must have at most {MessageLimits.MaxRecipients} recipients over To, Cc and Bcc, not {count}");
        else if (count == 0 && !mayBeEmpty) checks.Fail("Destination must have at least one recipient");

        static long Count(IReadOnlyList<string?>? addresses) => addresses?.Count ?? 0;
    }

    private static void CheckAddresses(IReadOnlyList<string?>? addresses, string member, int max, MemberChecks checks)
    {
        if (addresses is null || !checks.Items(addresses, member, max)) return;

        // The count over all lists is what is limited; no need to look at more.
        for (var i = 0; i < addresses.Count && i <= MessageLimits.MaxRecipients; i++) CheckAddress(addresses[i], $"{member}[{i}]", checks);
    }

    private static void CheckAddress(string? address, string member, MemberChecks checks)
    {
        if (address is null) return;
        if (address.Length is > 0 and <= MaxAddressLength && !address.AsSpan().ContainsAny('\r', '\n', '\0')) return;
        if (address.Length is 0 or > MaxAddressLength) checks.Fail($"{member} must have 1 to {MaxAddressLength} characters");
        else checks.Fail($"{member} must not contain line breaks");
    }

    private static ResourceArn? CheckIdentityArn(string? text, string member, Arns arns, MemberChecks checks)
    {
        if (text is null) return null;
        if (ResourceArn.TryParse(text, out var arn) && arn is { Service: "ses", Type: "identity" } && arns.IsOwn(arn)
            && IdentityName.Normalize(arn.Name) is not null) return arn;
        checks.Fail($"{member} must be the ARN of an identity of this account and Region");
        return null;
    }

    // The identity that allows the feedback address: within one account it has to cover that address, and that is all it does.
    private static void CheckFeedbackArn(SendEmailRequest request, Arns arns, MemberChecks checks)
    {
        const string member = "FeedbackForwardingEmailAddressIdentityArn";
        if (CheckIdentityArn(request.FeedbackForwardingEmailAddressIdentityArn, member, arns, checks) is not { } arn) return;
        var address = request.FeedbackForwardingEmailAddress;
        if (!checks.Required(address, "FeedbackForwardingEmailAddress")) return;
        if (!EmailAddress.TryParse(address!, out var parsed) || !IdentityName.Covers(arn.Name, parsed.ToString()))
            checks.Fail($"{member} is of an identity that does not cover FeedbackForwardingEmailAddress");
    }

    /// <summary>Whether there are such a list and topic shows when the mail is made.</summary>
    internal static ListManagement? CheckList(ListManagementOptions? options, MemberChecks checks)
    {
        if (options is null || !checks.RequiredText(options.ContactListName, "ListManagementOptions.ContactListName")) return null;
        return new ListManagement(options.ContactListName, string.IsNullOrEmpty(options.TopicName) ? null : options.TopicName);
    }

    // Members that would change what is sent are refused while they cannot be honoured.
    private static void CheckUnavailable(SendEmailRequest request, MemberChecks checks)
    {
        if (!string.IsNullOrEmpty(request.EndpointId)) checks.Fail("EndpointId is not available here");
        var tracking = request.ConfigurationOverrides?.Tracking;
        checks.OneOf(tracking?.OpenTrackingEnabled, "ConfigurationOverrides.Tracking.OpenTrackingEnabled", "ENABLED", "DISABLED");
        checks.OneOf(tracking?.ClickTrackingEnabled, "ConfigurationOverrides.Tracking.ClickTrackingEnabled", "ENABLED", "DISABLED");
    }

    private static IReadOnlyList<MessageTag> CheckTags(IReadOnlyList<EmailTag?>? tags, MemberChecks checks)
    {
        if (tags is null || tags.Count == 0 || !checks.Items(tags, "EmailTags", MaxTags)) return [];
        var result = new MessageTag[tags.Count];
        for (var i = 0; i < result.Length; i++)
        {
            var (name, value) = tags[i]!;
            if (name is not ("ses:feedback-id-a" or "ses:feedback-id-b") && !IsTagText(name))
                checks.Fail($"EmailTags[{i}].Name must have 1 to {MaxTagLength} characters of A-Z a-z 0-9 _ -");
            if (!IsTagText(value)) checks.Fail($"EmailTags[{i}].Value must have 1 to {MaxTagLength} characters of A-Z a-z 0-9 _ -");
            result[i] = new MessageTag(name ?? "", value ?? "");
        }

        return result;
    }

    private static bool IsTagText(string? text)
    {
        if (text is not { Length: > 0 and <= MaxTagLength }) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')) return false;
        return true;
    }
}
