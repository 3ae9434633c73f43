using System.Text;
using System.Text.Json;

namespace Silo.Server.SesApi.Operations.Sending;

/// <summary>Makes of each entry of a bulk send the request that a single send of it would be.</summary>
internal static class BulkEntries
{
    /// <summary>The request without an entry: what is wrong with it is wrong with the whole call.</summary>
    public static SendEmailRequest Common(SendBulkEmailRequest request) => new()
    {
        Content = new EmailContent(null, null, request.DefaultContent?.Template),
        FromEmailAddress = request.FromEmailAddress,
        FromEmailAddressIdentityArn = request.FromEmailAddressIdentityArn,
        ReplyToAddresses = request.ReplyToAddresses,
        FeedbackForwardingEmailAddress = request.FeedbackForwardingEmailAddress,
        FeedbackForwardingEmailAddressIdentityArn = request.FeedbackForwardingEmailAddressIdentityArn,
        EmailTags = request.DefaultEmailTags,
        ConfigurationSetName = request.ConfigurationSetName,
        EndpointId = request.EndpointId,
        TenantName = request.TenantName,
        ConfigurationOverrides = request.ConfigurationOverrides,
    };

    /// <param name="common">Already found to be in order, except for its destination.</param>
    public static SendEmailRequest Of(SendEmailRequest common, BulkEmailEntry entry, MemberChecks checks)
    {
        var template = common.Content!.Template!;
        var replacement = entry.ReplacementEmailContent?.ReplacementTemplate?.ReplacementTemplateData;
        return common with
        {
            Destination = entry.Destination,
            EmailTags = Merge(common.EmailTags, entry.ReplacementTags, t => t?.Name, StringComparer.Ordinal),
            Content = new EmailContent(null, null, template with
            {
                TemplateData = MergeData(template.TemplateData, replacement, checks),
                Headers = Merge(template.Headers, entry.ReplacementHeaders, h => h?.Name, StringComparer.OrdinalIgnoreCase),
            }),
        };
    }

    // Of the same name, the entry's own goes first; nulls are left for the checks that name them.
    private static IReadOnlyList<T>? Merge<T>(
        IReadOnlyList<T>? common, IReadOnlyList<T>? own, Func<T, string?> nameOf, StringComparer comparer)
    {
        if (own is null || own.Count == 0) return common;
        if (common is null || common.Count == 0) return own;
        var names = own.Select(nameOf).OfType<string>().ToHashSet(comparer);
        return [.. common.Where(c => nameOf(c) is not { } name || !names.Contains(name)), .. own];
    }

    /// <summary>The members of both objects, the entry's own before the common ones.</summary>
    internal static string? MergeData(string? common, string? own, MemberChecks checks)
    {
        if (string.IsNullOrEmpty(own)) return common;
        checks.Length(own, "ReplacementEmailContent.ReplacementTemplate.ReplacementTemplateData", 0, Intake.TemplateRenderer.MaxDataCharacters);
        if (string.IsNullOrEmpty(common) || checks.Error is not null) return own;
        try
        {
            using var commons = JsonDocument.Parse(common);
            using var owns = JsonDocument.Parse(own);
            if (owns.RootElement.ValueKind != JsonValueKind.Object || commons.RootElement.ValueKind != JsonValueKind.Object) return own;
            var ownNames = owns.RootElement.EnumerateObject().Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
            var merged = new StringBuilder("{", common.Length + own.Length);
            var kept = commons.RootElement.EnumerateObject().Where(p => !ownNames.Contains(p.Name));
            foreach (var property in kept.Concat(owns.RootElement.EnumerateObject()))
            {
                if (merged.Length > 1) merged.Append(',');
                merged.Append(JsonSerializer.Serialize(property.Name, SesJson.Default.String)).Append(':').Append(property.Value.GetRawText());
            }

            return merged.Append('}').ToString();
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            // Broken JSON, or half a surrogate pair in a name.
            checks.Fail("ReplacementEmailContent.ReplacementTemplate.ReplacementTemplateData must be a JSON object");
            return own;
        }
    }
}
