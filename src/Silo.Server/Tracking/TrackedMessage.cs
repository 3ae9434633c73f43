using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Silo.Core.Messages;
using Silo.Core.Tracking;

namespace Silo.Server.Tracking;

/// <summary>What the links of a mail say of it: whose it is, and which. All its recipients have the same body, so it names none.</summary>
internal sealed record TrackedMessage(string TenantName, string MessageId)
{
    private const int IdBytes = 27;

    // The hyphens of a message id.
    private static readonly int[] Hyphens = [16, 25, 30, 35, 40, 53];

    /// <summary>Tenant and id, then of a click its tags and target.</summary>
    /// <param name="link">Null for the image of an open.</param>
    public byte[] ToPayload(TrackedLink? link)
    {
        var tenant = Encoding.UTF8.GetBytes(TenantName);
        var tags = link is null ? [] : Encoding.ASCII.GetBytes(string.Join(';', link.Tags.Select(t => $"{t.Name}:{t.Value}")));
        var target = link is null ? [] : Encoding.ASCII.GetBytes(link.Target);
        var head = 1 + tenant.Length + IdBytes;
        var payload = new byte[head + (link is null ? 0 : 2 + tags.Length + target.Length)];
        payload[0] = checked((byte)tenant.Length);
        tenant.CopyTo(payload, 1);
        Convert.FromHexString(MessageId.Replace("-", "", StringComparison.Ordinal)).CopyTo(payload, 1 + tenant.Length);
        if (link is null) return payload;
        BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(head), checked((ushort)tags.Length));
        tags.CopyTo(payload, head + 2);
        target.CopyTo(payload, head + 2 + tags.Length);
        return payload;
    }

    /// <summary>Reads what <see cref="ToPayload"/> wrote; false for what this release does not write.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out TrackedMessage message, out TrackedLink? link)
    {
        (message, link) = (null!, null);
        if (payload.IsEmpty || payload.Length < 1 + payload[0] + IdBytes) return false;
        var tenant = Encoding.UTF8.GetString(payload.Slice(1, payload[0]));
        var hex = Convert.ToHexStringLower(payload.Slice(1 + payload[0], IdBytes));
        foreach (var at in Hyphens) hex = hex.Insert(at, "-");
        if (!MessageIdFormat.TryGetAcceptedAt(hex, out _)) return false;
        message = new TrackedMessage(tenant, hex);
        var rest = payload[(1 + payload[0] + IdBytes)..];
        if (rest.IsEmpty) return true;
        if (rest.Length < 2) return false;
        var tagBytes = BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (rest.Length < 2 + tagBytes) return false;
        var tags = Encoding.ASCII.GetString(rest.Slice(2, tagBytes)).Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(t => t.Split(':')).Select(t => new MessageTag(t[0], t[1])).ToArray();
        link = new TrackedLink(Encoding.ASCII.GetString(rest[(2 + tagBytes)..]), tags);
        return true;
    }

    public DateTimeOffset AcceptedAt => MessageIdFormat.TryGetAcceptedAt(MessageId, out var at)
        ? at
        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{MessageId} is no message id."));
}
