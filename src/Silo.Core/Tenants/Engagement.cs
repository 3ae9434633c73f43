using Silo.Core.Messages;

namespace Silo.Core.Tenants;

/// <summary>By what a mail was opened or a link of it clicked. Stored: members may be added, never changed.</summary>
public sealed record Engagement
{
    public const int MaxUserAgent = 512;

    /// <summary>Often that of a mailbox provider, which fetches images for its users.</summary>
    public string? IpAddress { get; init; }

    /// <summary>As it calls itself, up to <see cref="MaxUserAgent"/> characters.</summary>
    public string? UserAgent { get; init; }

    /// <summary>Of a click: where the link leads.</summary>
    public string? Link { get; init; }

    /// <summary>Of a click: what <c>ses:tags</c> says of the link; null for nothing.</summary>
    public IReadOnlyList<MessageTag>? LinkTags { get; init; }
}
