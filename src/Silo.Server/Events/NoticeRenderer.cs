using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Storage;

namespace Silo.Server.Events;

/// <summary>Makes of a stored notice what a destination gets: the same each time. Pure.</summary>
/// <param name="reportingMta">This side's name in SMTP, as records show it; null when it has none.</param>
public sealed class NoticeRenderer(Arns arns, string? reportingMta)
{
    /// <summary>
    /// Null when the destination does not ask for it, is one of another configuration set, or is younger than the event.
    /// </summary>
    public Notice? Render(StoredNotice stored, string tenantName, string tenantId, ScopedDestination destination)
    {
        if (stored.At < destination.Destination.CreatedAt) return null;
        var e = TenantEvent.FromPayload(stored.Sequence, stored.At, stored.Kind, stored.Payload.Span);
        var id = string.Create(CultureInfo.InvariantCulture, $"ntc_{tenantId.AsSpan(tenantId.StartsWith("tn-", StringComparison.Ordinal) ? 3 : 0)}_{stored.Sequence}");
        if (SesEventTypes.IsOfTenant(e))
        {
            if (destination.ConfigurationSetName is not null) return null;
            var detailType = TenantRecord.DetailType(e);
            var resource = e.Identity is { } identity ? arns.Identity(identity.Name)
                : e.Report is { IsOfDestination: true } report ? TenantRecord.ResourceOf(report, arns)
                : tenantName == TenantName.Account ? arns.Account : arns.Tenant(tenantName, tenantId);
            return Of(detailType, Bridge(id, detailType, stored.At, resource, json => TenantRecord.WriteDetail(json, e)));
        }

        if (SesEventTypes.Of(e) is not { } type || !destination.Destination.MatchingEventTypes.Contains(type)) return null;
        if (destination.ConfigurationSetName is { } set && set != stored.ConfigurationSetName) return null;
        if (destination.Destination.Target is not EventBridgeTarget) return Of(type.RecordName(), RecordJson.Write(Record));
        var used = stored.ConfigurationSetName is { } name ? arns.ConfigurationSet(name) : arns.Tenant(tenantName, tenantId);
        return Of(type.RecordName(), Bridge(id, type.DetailType(), stored.At, used, Record));

        Notice Of(string name, byte[] record) => new(id, tenantName, tenantId, stored.Sequence, stored.At, name, record);

        void Record(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("eventType", type.RecordName());
            if (stored.Facts is { } facts)
            {
                json.WritePropertyName("mail");
                json.WriteRawValue(facts.Span, skipInputValidation: true);
            }
            else
            {
                MailFacts.WriteWithout(json, e, arns.AccountId, tenantName, stored.ConfigurationSetName);
            }

            SesRecord.Write(json, type, e, MessageIdFormat.Create(e.At, BitsOf(id)), reportingMta);
            json.WriteEndObject();
        }
    }

    private byte[] Bridge(string id, string detailType, DateTimeOffset at, string resource, Action<Utf8JsonWriter> detail) =>
        RecordJson.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("version", "0");
            var bits = BitsOf(id);
            json.WriteString("id", new Guid((uint)(bits >> 96), (ushort)(bits >> 80), (ushort)(((ushort)(bits >> 64) & 0x0FFF) | 0x8000),
                (byte)(((byte)(bits >> 56) & 0x3F) | 0x80), (byte)(bits >> 48), (byte)(bits >> 40), (byte)(bits >> 32), (byte)(bits >> 24),
                (byte)(bits >> 16), (byte)(bits >> 8), (byte)bits));
            json.WriteString("detail-type", detailType);
            json.WriteString("source", "aws.ses");
            json.WriteString("account", arns.AccountId);
            json.WriteString("time", at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
            json.WriteString("region", arns.Region);
            json.WriteTexts("resources", [resource]);
            json.WritePropertyName("detail");
            detail(json);
            json.WriteEndObject();
        });

    private static UInt128 BitsOf(string id) => BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
}
