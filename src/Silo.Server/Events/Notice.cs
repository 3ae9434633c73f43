namespace Silo.Server.Events;

/// <summary>A notice as one destination gets it.</summary>
/// <param name="Id">The same each time that it is sent, and to every destination: "ntc_…", up to 64 letters, digits, underscores.</param>
/// <param name="Type">The eventType of a record ("Bounce", "Rendering Failure"), or the detail-type of an event ("Sending Status Disabled").</param>
/// <param name="Record">
/// UTF-8 JSON: an SES event publishing record; for an EventBridge target, and for what is told of tenants, an EventBridge event.
/// </param>
public sealed record Notice(
    string Id, string TenantName, string TenantId, long Sequence, DateTimeOffset At, string Type, ReadOnlyMemory<byte> Record);
