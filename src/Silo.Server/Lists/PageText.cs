namespace Silo.Server.Lists;

/// <summary>What the pages say, in the languages that SES knows for contacts.</summary>
internal sealed record PageText(
    string Language, string Title, string ForAddress, string Topics, string Save, string Leave, string Return, string Left, string BulkQuestion,
    string Unsubscribed, string Saved, string UnknownLink)
{
    private static readonly PageText English = new(
        "en", "Email preferences", "Preferences of {0}", "I want to receive:", "Save", "Unsubscribe from all", "Subscribe again",
        "You are unsubscribed.", "Do you want to stop receiving these emails?", "You are unsubscribed. You need not do anything else.",
        "Your preferences are saved.", "This link is not valid.");

    private static readonly PageText Japanese = new(
        "ja", "メール配信の設定", "{0} の設定", "受け取るメール:", "保存", "すべての配信を停止", "配信を再開", "配信は停止されています。",
        "このメールの配信を停止しますか?", "配信を停止しました。ほかの操作は必要ありません。", "設定を保存しました。", "このリンクは無効です。");

    /// <summary>Japanese where the browser asks for it before English; English in all other cases.</summary>
    public static PageText For(HttpContext context)
    {
        string accepted = context.Request.Headers.AcceptLanguage.ToString();
        var best = accepted.Split(',', 10, StringSplitOptions.TrimEntries).Select(Parse)
            .Where(l => l.Weight > 0 && (Is(l.Tag, "ja") || Is(l.Tag, "en"))).OrderByDescending(l => l.Weight).FirstOrDefault();
        return best.Tag is not null && Is(best.Tag, "ja") ? Japanese : English;
    }

    private static bool Is(string tag, string language) =>
        tag.StartsWith(language, StringComparison.OrdinalIgnoreCase) && (tag.Length == language.Length || tag[language.Length] == '-');

    private static (string Tag, double Weight) Parse(string range)
    {
        var parts = range.Split(';', 2, StringSplitOptions.TrimEntries);
        if (parts.Length == 1) return (parts[0], 1);
        return parts[1].StartsWith("q=", StringComparison.OrdinalIgnoreCase)
            && double.TryParse(parts[1].AsSpan(2), System.Globalization.CultureInfo.InvariantCulture, out var weight)
            ? (parts[0], weight) : (parts[0], 0);
    }
}
