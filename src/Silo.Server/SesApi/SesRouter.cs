using Silo.Server.SesApi.Signing;

namespace Silo.Server.SesApi;

/// <summary>
/// Finds the operation of a request by its untouched path: segments are split before they are decoded, so that the %2F of an ARN
/// stays inside its segment. One trailing slash is ignored.
/// </summary>
internal sealed class SesRouter
{
    private const int MaxSegments = 10;

    private readonly Dictionary<(string Method, string Path), SesOperation> _fixed = [];
    private readonly ILookup<int, (SesOperation Operation, string[] Segments)> _withLabels;

    public SesRouter(IEnumerable<SesOperation> operations)
    {
        var withLabels = new List<(SesOperation Operation, string[] Segments)>();
        foreach (var operation in operations)
        {
            if (operation.Path.Contains('{')) withLabels.Add((operation, operation.Path.Split('/')));
            else _fixed.Add((operation.Method, operation.Path), operation);
        }

        _withLabels = withLabels.ToLookup(o => o.Segments.Length);
    }

    public SesRoute Find(string method, string path)
    {
        if (path.Length > 1 && path.EndsWith('/')) path = path[..^1];
        if (_fixed.TryGetValue((method, path), out var operation)) return new SesRoute(operation, [], null);

        var segments = path.Split('/', MaxSegments + 1);
        var otherMethod = _fixed.Keys.Any(k => k.Path == path);
        foreach (var (candidate, template) in _withLabels[segments.Length])
        {
            if (!Matches(template, segments)) continue;
            if (candidate.Method == method) return WithLabels(candidate, template, segments);
            otherMethod = true;
        }

        return new SesRoute(null, [], otherMethod
            ? SesError.MethodNotAllowed($"{MemberChecks.Shown(method)} is not a method of {MemberChecks.Shown(path)}.")
            : SesError.UnknownOperation($"No operation is known at {MemberChecks.Shown(method)} {MemberChecks.Shown(path)}."));
    }

    private static SesRoute WithLabels(SesOperation operation, string[] template, string[] segments)
    {
        var labels = new List<string>(2);
        for (var i = 0; i < template.Length; i++)
        {
            if (!template[i].StartsWith('{')) continue;
            if (RequestTarget.Decode(segments[i], plusIsBlank: false) is not { } label)
                return new SesRoute(null, [], SesError.BadRequest($"{template[i].Trim('{', '}')} is not percent-encoded UTF-8."));
            labels.Add(label);
        }

        return new SesRoute(operation, labels, null);
    }

    private static bool Matches(string[] template, string[] segments)
    {
        for (var i = 0; i < template.Length; i++)
            if (template[i].StartsWith('{') ? segments[i].Length == 0 : template[i] != segments[i]) return false;
        return true;
    }
}

/// <summary>An operation with its labels, or why there is none.</summary>
internal readonly record struct SesRoute(SesOperation? Operation, IReadOnlyList<string> Labels, SesError? Error);
