using System.Collections.Frozen;

namespace Silo.Core.Messages;

/// <summary>What SES says about single header fields (developer guide, "Amazon SES header fields"; RFC 5322 3.6).</summary>
internal static class HeaderNames
{
    public const string ServicePrefix = "X-SES-";

    /// <summary>Fields that the composer writes itself, so that a sender cannot give them beside the content.</summary>
    private static readonly FrozenSet<string> WrittenByComposer = Set("""
        Bcc Cc Content-Disposition Content-Transfer-Encoding Content-Type Date From Message-ID MIME-Version Reply-To Return-Path Subject To
        """);

    /// <summary>Fields that stand once at most. To and Cc are not on SES's list, but mailbox providers refuse messages that repeat them.</summary>
    private static readonly FrozenSet<string> Single = Set("""
        Accept-Language acceptLanguage Archived-At Auto-Submitted Bounces-to Cc Comments Content-Alternative Content-Base Content-Class
        Content-Description Content-Disposition Content-Duration Content-ID Content-Language Content-Length Content-Location Content-MD5
        Content-Transfer-Encoding Content-Type Date Delivered-To Disposition-Notification-Options Disposition-Notification-To
        DKIM-Signature DomainKey-Signature Errors-To From Importance In-Reply-To Keywords List-Archive List-Help List-Id List-Owner
        List-Post List-Subscribe List-Unsubscribe List-Unsubscribe-Post Message-Context Message-ID MIME-Version Organization
        Original-From Original-Message-ID Original-Recipient Original-Subject Precedence Priority References Reply-To Return-Path
        Return-Receipt-To Sender Sensitivity Solicitation Subject Thread-Index Thread-Topic To User-Agent VBR-Info
        """);

    /// <summary>Read and removed before delivery.</summary>
    public static bool IsOfService(string name) =>
        name.StartsWith(ServicePrefix, StringComparison.OrdinalIgnoreCase) || name.Equals(SendSchedule.Header, StringComparison.OrdinalIgnoreCase);

    public static bool IsWrittenByComposer(string name) => WrittenByComposer.Contains(name);

    /// <summary>Also true for every X-SES- header: two values of one leave open which counts.</summary>
    public static bool IsSingle(string name) =>
        Single.Contains(name) || IsOfService(name);

    private static FrozenSet<string> Set(string names) => names
        .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);
}
