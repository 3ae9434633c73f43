using System.Text.Json;
using Silo.Core.Tenants;

namespace Silo.Server.Events;

/// <summary>
/// What a record says of an open or a click (SES developer guide, event publishing contents). SES's isBotEvent is left out: it is a guess
/// of SES's own.
/// </summary>
internal static class EngagementRecord
{
    public static void Write(Utf8JsonWriter json, TenantEvent e)
    {
        json.WriteIfAny("ipAddress", e.Engagement?.IpAddress);
        json.WriteString("timestamp", RecordJson.Timestamp(e.At));
        json.WriteIfAny("userAgent", e.Engagement?.UserAgent);
        if (e.Kind != TenantEventKind.Clicked || e.Engagement is not { Link: { } link } click) return;
        json.WriteString("link", link);
        if (click.LinkTags is not { Count: > 0 } tags)
        {
            json.WriteNull("linkTags");
            return;
        }

        json.WriteStartObject("linkTags");
        foreach (var tag in tags.GroupBy(t => t.Name, StringComparer.Ordinal)) json.WriteTexts(tag.Key, tag.Select(t => t.Value));
        json.WriteEndObject();
    }
}
