"""Independent values for the probes and CCA: prints what the Rust tests expect.

    python probes.py      (numpy 2.4, scipy 1.17, scikit-learn 1.9)
"""

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression, Ridge

n, p = 60, 5
i, j = np.arange(n)[:, None], np.arange(p)[None, :]
X = np.sin(0.7 * i + 1.3 * j) + 0.5 * np.cos(0.37 * i * j)
score = X[:, 0] + 0.5 * X[:, 1] * X[:, 2] + 0.3 * np.sin(np.arange(n) * 2.1)
y = np.digitize(score, [-0.6, 0.5])
Z = (X - X.mean(0)) / X.std(0)
print("classes", np.bincount(y))

for lam in (1.0, 0.01):
    # Balanced weights have mean one; scikit-learn minimises C · Σ loss + ½ ‖W‖².
    m = LogisticRegression(C=1 / (lam * n), class_weight="balanced", tol=1e-10, max_iter=10000).fit(Z, y)
    W, b = m.coef_.T, m.intercept_
    out = Z @ W + b
    out -= out.mean(1, keepdims=True)
    print("logistic", lam, np.round(out[:3], 5).tolist())

t = (score - score.mean()) / score.std()
for lam in (1.0, 0.01):
    m = Ridge(alpha=lam * n).fit(Z, t)
    print("ridge", lam, np.round(m.predict(Z[:3]), 5).tolist())

# A whole probe: strength along the path, chosen on tune rows, computed on held-out rows.
n, p = 400, 12


def u(i, j):
    return np.modf(np.abs(np.sin(i * 12.9898 + j * 78.233) * 43758.5453))[0]


i = np.arange(n)[:, None]
X = u(i, np.arange(p)[None, :]) - 0.5
score = X[:, 0] + X[:, 1] - X[:, 2] + 1.2 * (u(i[:, 0], 50) - 0.5)
fit, tune, held = np.arange(240), np.arange(240, 320), np.arange(320, 400)
Z = (X - X[fit].mean(0)) / X[fit].std(0)
STRENGTHS = (10, 1, 0.1, 0.01, 1e-3, 1e-4)
from sklearn.metrics import balanced_accuracy_score, r2_score, roc_auc_score

for cuts in ([-0.4, 0.6], [0.3]):
    y = np.digitize(score, cuts)
    counts = np.bincount(y[fit])
    weight = len(fit) / (len(counts) * counts)
    best = None
    for lam in STRENGTHS:
        m = LogisticRegression(C=1 / (lam * len(fit)), class_weight="balanced", tol=1e-10, max_iter=10000)
        m.fit(Z[fit], y[fit])
        loss = -(weight[y[tune]] * m.predict_log_proba(Z[tune])[np.arange(80), y[tune]]).mean()
        if len(counts) == 2:
            # Two weight vectors of opposite sign share the penalty: half the strength on one.
            m = LogisticRegression(C=2 / (lam * len(fit)), class_weight="balanced", tol=1e-10, max_iter=10000)
            m.fit(Z[fit], y[fit])
            loss = -(weight[y[tune]] * m.predict_log_proba(Z[tune])[np.arange(80), y[tune]]).mean()
        print("  tune", lam, round(loss, 5))
        if best is None or loss < best[0]:
            best = loss, lam, m
    m = best[2]
    line = ["probe", counts.tolist(), best[1], balanced_accuracy_score(y[held], m.predict(Z[held]))]
    if len(counts) == 2:
        line.append(roc_auc_score(y[held], m.decision_function(Z[held])))
    print(*line)

best = None
t = (score - score[fit].mean()) / score[fit].std()
for lam in STRENGTHS:
    m = Ridge(alpha=lam * len(fit)).fit(Z[fit], t[fit])
    loss = ((m.predict(Z[tune]) - t[tune]) ** 2).mean()
    if best is None or loss < best[0]:
        best = loss, lam, m
print("number", best[1], r2_score(t[held], best[2].predict(Z[held])))

# Ridge CCA of two modalities that share two latents.
z = u(i, np.arange(60, 62)[None, :]) - 0.5
A = np.hstack([z[:, :1] + z[:, 1:], z[:, 1:], np.zeros((n, 3))]) + 0.6 * (u(i, np.arange(70, 75)[None, :]) - 0.5)
B = np.hstack([z[:, :1], z[:, :1] - z[:, 1:], np.zeros((n, 2))]) + 0.6 * (u(i, np.arange(80, 84)[None, :]) - 0.5)
A, B = A - A.mean(0), B - B.mean(0)
for r in (0.01, 1.0):

    def whitener(M):
        C = M.T @ M / n
        w, V = np.linalg.eigh(C + r * np.trace(C) / len(C) * np.eye(len(C)))
        return V / np.sqrt(w) @ V.T

    Wa, Wb = whitener(A), whitener(B)
    U, s, Vt = np.linalg.svd(Wa @ (A.T @ B / n) @ Wb)
    a, b = A @ Wa @ U[:, : len(s)] * s, B @ Wb @ Vt.T * s
    a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (a, b))
    print("cca", r, np.round(s, 5).tolist(), np.round((a @ b.T)[0, :4], 5).tolist())
