"""What the words of names mean: tables of words by kind, and of words that belong together.

A kind says what a word does in a name: it names a quantity (loss, rate, grad, metric), says whose it is (train, val,
test), how it was taken (mean, smooth, epoch), makes it a part (box, kl, generator) or takes the name away from the
thing (scale, best, std, time). The words are those of many trainers; none of them is a whole name.
"""

from __future__ import annotations

TABLE = {
    "loss": "loss losses los cost costs objective objectives criterion objf",
    "measure": "ce nll xent bce logloss mlogloss multiclass elbo nelbo deviance lossval crossentropy softmaxloss ntxent"
               " infonce",
    "distance": "mse mae rmse l1 l2 mape msle rmsle smoothl1 huber",
    "kind": "lm mlm clm ctc rnnt attn_ctc seq2seq hinge diffusion denoise denoising flow dpo sft grpo orpo"
            " kto simpo main task language softmax sigmoid label token next primary supervised sup masked"
            " translation pretrain pretraining span ner tagger parser fm epsilon eps1 simple causal ntp"
            " reconstruction1",
    "kind2": "recon reconstruction rec reconst mel spec spectrogram contrastive simclr clip itc"
             " itm siglip td bellman quantile pinball nce triplet focal poisson energy crf bpr dsm vlb"
             " prior text image pix pixel asr st att attention decoder_ce bow rtd cosface arcface margin"
             " ranking rank pairwise",
    "part": "box bbox boxes cls cl class classifier classification obj objectness dfl giou ciou diou loc"
            " localization localisation conf confidence rpn roi mask masks seg segm segmentation kpt kpts"
            " keypoint keypoints pose kobj landmark landm centerness ctrness rcnn bb coord xy wh hm heatmap"
            " offset off semantic instance panoptic anchor noobj dir direction dn proposal bin reg"
            " regression",
    "aux": "aux auxiliary z kl kld kldiv regul regularization regularizer regularisation lasso penalty gp"
           " orth ortho orthogonal commit commitment vq codebook adv adversarial gan perceptual percep"
           " lpips vgg style content tv balance balancing router routing moe sparsity sparse ent distill"
           " distillation kd consistency cycle cyc idt identity feature feat matching smoothness temporal"
           " mtp wd weightdecay diversity guide guided alignment mmd coral center jacobian lipschitz linear"
           " eikonal silhouette laplacian unsup unsupervised duration dur pitch stop gate postnet prenet",
    "generator": "g gen generator netg gens generators",
    "discriminator": "d disc discriminator netd dis discriminators discrim dg",
    "net": "encoder decoder enc dec backbone head heads trunk student teacher unet textencoder te embed"
           " embedding embeddings body neck lora transformer vision visual audio posterior real fake",
    "actor": "actor critic policy value vf pi qf q v alpha temperature surrogate pg explained clipfrac"
             " approx baseline entropy advantage td3 vloss ploss",
    "rate": "dlr lr lrs lrate eta0 stepsize",
    "optimizer": "adam adamw sgd nadam radam lion muon adafactor rmsprop adagrad adadelta lamb lars"
                 " novograd sophia prodigy nesterov adamax optimizer optim optimiser opt optimizers"
                 " adabelief ranger ademamix shampoo soap came dadapt",
    "bias": "bias biases",
    "grad": "grad grads gradient gradients gradnorm",
    "norm": "norm norms magnitude gnorm grdn",
    "weights": "param params parameter parameters update updates activation activations act logits hidden"
               " residual momentum moment exp snr",
    "train": "train training trn tr fit learn trained trainset",
    "val": "val vals valid validation validate validating vali vld va dev development devel eval"
           " evaluation evaluate evaluator evaluating evals holdout heldout validset valset xval"
           " validations cv",
    "test": "test testing tst te tests testset unseen",
    "whole": "total tot all overall full whole sum summed combined joint aggregate aggregated final global"
             " weighted reduced complete totals vae vqvae cvae",
    "now": "current cur curr now step steps iter iters iteration iterations instant instantaneous last"
           " point",
    "mean": "avg average mean averaged ave av interval window period",
    "smooth": "smooth smoothed ema running moving rolling debiased smoothened exponential filtered ma sofar",
    "cumulative": "accumulated cumulative cum acced",
    "epoch": "epoch epochs ep",
    "batch": "batch minibatch mini micro microbatch batches",
    "extreme": "min minimum least lowest best bests max maximum highest worst biggest largest peak"
               " smallest previous prev record optimal lower upper",
    "spread": "std stdev stddev var variance sd median percentile sem stderr hist histogram skew kurtosis"
              " iqr ci range",
    "factor": "scale scaler scales scaling weight weights weighting coef coeff coefficient coefs lambda"
              " lam factor multiplier mult mul ratio fraction frac percent pct decay gamma drop anneal"
              " annealing beta normalizer",
    "limit": "init initial start end ending begin target warmup warm floor ceiling cap limit first",
    "base": "base",
    "clip": "clipping threshold thresh thr bound",
    "before": "before pre unclipped preclip raw noclip",
    "after": "after post clipped postclip",
    "setting": "hparam hparams config configs cfg arg args hyper hyperparameter hyperparameters"
               " hyperparams settings setting option options patience fn func function type name scheduler"
               " schedulers sched enabled flag mode strategy",
    "system": "gpu cpu memory mem system throughput disk network nvidia tflops flops mfu hfu tps power"
              " util utilization cuda vram ram swap bandwidth qps fps perf",
    "time": "time times timer timers sec secs second seconds ms elapsed runtime hour hours minute minutes"
            " latency speed wallclock walltime remaining timing timings timestamp",
    "count": "num number count counts counter counters len length lengths spike spikes nan inf nans infs"
             " finite nonfinite",
    "change": "diff difference delta change gap improvement improvements reduction reductions improved"
              " decrease increase gain relative trend slope variation jump",
    "metric": "acc accs accuracy accuracies f1 auc auroc aucroc prauc map ap iou miou jaccard dice bleu"
              " rouge precision prec recall r2 psnr ssim mcc kappa ndcg mrr hits hit exactmatch top1 top5"
              " top3 top10 acc1 acc5 correct sensitivity specificity fscore fmeasure pck pcc pearson"
              " spearman correlation corr cider meteor success win winrate solve cindex chrf sacrebleu"
              " f1score dsc mota idf1 las uas rouge1 rouge2 rougel bleu4",
    "error": "wer cer ter error errors err errs fid kid eer merror mpjpe epe abserr",
    "perplexity": "ppl perplexity ppls bpb bpc bpd",
    "return": "reward rewards rew rews return returns ret rets averagereturn fitness episodic score scores",
    "episode": "episode episodes rollout rollouts env envs runners traj trajectory",
    "preference": "chosen rejected margin_ margins preferred dispreferred",
    "group": "group groups paramgroup param_group pgroup",
    "layer": "layer layers block blocks conv fc mlp wte wpe ln bn module modules kernel features",
    "effective": "effective eff actual",
    "skipped": "skipped skip overflow overflows",
    "samples": "samples sample tokens examples",
    "filler": "metrics metric stats stat scalar scalars chart charts log logs logging data monitor"
              " monitors trainer history summary values result results per vs of the on in to at and for"
              " with by is an run report default tensorboard tb wandb tag dataloader loader curve curves"
              " plot learner lightning custom wise device performance set split trainstats trainepochstats"
              " trainiterstats evalstats core info index idx model function_ new state",
}  # fmt: skip
KINDS: dict[str, str] = {word: kind for kind, words in TABLE.items() for word in words.split()}
"""The kind of every word that is known."""
TOGETHER = {
    ("learning", "rate"): "lr", ("learning", "rates"): "lrs", ("learn", "rate"): "lr", ("l", "rate"): "lr",
    ("l", "rs"): "lrs", ("l", "r"): "lr", ("step", "size"): "stepsize", ("cross", "entropy"): "ce",
    ("x", "ent"): "xent", ("cross", "ent"): "ce", ("log", "loss"): "logloss", ("binary", "ce"): "bce",
    ("binary", "logloss"): "logloss", ("multi", "logloss"): "mlogloss", ("multiclass", "logloss"): "mlogloss",
    ("multi", "class"): "multiclass",
    ("log", "likelihood"): "nll", ("negative", "nll"): "nll", ("held", "out"): "heldout", ("hold", "out"): "holdout",
    ("held", "in"): "heldin", ("top", "1"): "top1", ("top", "5"): "top5", ("top", "3"): "top3", ("f", "1"): "f1",
    ("r", "2"): "r2", ("l", "1"): "l1", ("l", "2"): "l2", ("smooth", "l1"): "smoothl1", ("m", "ap"): "map",
    ("io", "u"): "iou", ("m", "iou"): "miou", ("m", "io"): "mio", ("mio", "u"): "miou",
    ("exact", "match"): "exactmatch", ("weight", "decay"): "weightdecay", ("batch", "norm"): "layernorm",
    ("layer", "norm"): "layernorm", ("group", "norm"): "layernorm", ("weight", "norm"): "weightnorm",
    ("param", "norm"): "weightnorm", ("params", "norm"): "weightnorm", ("parameter", "norm"): "weightnorm",
    ("update", "norm"): "weightnorm", ("mean", "squared"): "mse_", ("mse_", "error"): "mse",
    ("mean", "absolute"): "mae_", ("mae_", "error"): "mae", ("time", "step"): "timestep",
    ("time", "steps"): "timesteps", ("mini", "batch"): "minibatch", ("micro", "batch"): "microbatch",
    ("param", "group"): "group", ("parameter", "group"): "group", ("text", "encoder"): "textencoder",
    ("bits", "per"): "bpb", ("warm", "up"): "warmup", ("reg", "ularization"): "regularization",
    ("wall", "clock"): "wallclock", ("wall", "time"): "walltime", ("gradient", "penalty"): "gp",
    ("grad", "penalty"): "gp", ("policy", "gradient"): "pg", ("value", "function"): "vf", ("pre", "clip"): "preclip",
    ("post", "clip"): "postclip", ("pre", "clipping"): "preclip", ("post", "clipping"): "postclip",
    ("before", "clip"): "preclip", ("before", "clipping"): "preclip", ("after", "clip"): "postclip",
    ("after", "clipping"): "postclip", ("non", "clipped"): "unclipped", ("not", "clipped"): "unclipped",
    ("un", "clipped"): "unclipped", ("no", "clip"): "noclip", ("pre", "training"): "pretraining",
    ("pre", "train"): "pretrain", ("pre", "trained"): "pretrain", ("cross", "validation"): "xval",
    ("cross", "val"): "xval", ("dev", "set"): "devel", ("test", "set"): "testset", ("val", "set"): "valset",
    ("train", "set"): "trainset", ("training", "set"): "trainset", ("validation", "set"): "validset",
    ("hyper", "parameters"): "hyperparameters", ("hyper", "params"): "hparams", ("weight", "loss"): "weightloss",
    ("loss", "fn"): "lossfn", ("loss", "function"): "lossfn", ("per", "plexity"): "perplexity", ("qf", "1"): "qf",
    ("qf", "2"): "qf", ("q", "1"): "q", ("q", "2"): "q", ("vector", "quantization"): "vq",
    ("ema", "decay"): "emadecay", ("eval", "time"): "evaltime", ("moving", "average"): "ema",
    ("running", "average"): "running", ("running", "mean"): "running", ("running", "avg"): "running",
    ("moving", "avg"): "ema", ("so", "far"): "sofar", ("rolling", "avg"): "ema", ("rolling", "mean"): "ema",
}  # fmt: skip
"""Words that are one where they follow each other."""
FOREIGN = {
    "epoch": "epoca epocas epoche epochen epoque epoques epok epoker epoka epoki epocha epochy эпоха эпохи эпоху эпохе"
             " эпох епоха",
    "step": "paso pasos passo passos passi schritt schritte etape etapes stap stappen steg krok kroki adim langkah шаг"
            " шаги шага крок",
    "iteration": "iteracion iteraciones iteracao iteracoes iterazione iterazioni iteratie iteracja iterasi yineleme"
                 " durchlauf durchgang итерация итерации ітерація",
    "episode": "episodio episodios episodi эпизод эпизоды эпизода эпизоде эпизодов bolum",
    "batch": "lote lotes батч",
    "loss": "perdida perdidas perda perdas perte pertes perdita perdite verlust verluste verlies forlust ztrata ztraty"
            " strata straty kayip kaybi pierdere pierderi veszteseg лосс потери потеря потерь втрати втрата",
    "error": "erro erros errore errori erreur erreurs fehler fout blad bledy chyba hata hatasi galat"
             " ошибка ошибки помилка",
    "accuracy": "acuracia acuracias exactitud exactitude accuratezza acuratete genauigkeit nauwkeurigheid noggrannhet"
                " presnost dokladnosc dogruluk dogrulugu akurasi pontossag точность точности точність",
    "train": "entrenamiento entreno treino treinamento entrainement apprentissage addestramento traning trening"
             " traening trenovani uczenie antrenare egitim pelatihan обучение обучения обучении"
             " обучающая тренировка тренировке тренировочная тренировочные трейн навчання treningowa",
    "val": "validacion validacao validierung validazione validatie validering validace validare walidacja walidacyjna"
           " dogrulama validasi валидация валидации валидационная валидационные"
           " проверка проверке валідація",
    "test": "prueba pruebas teste testes тест тесты тесте тестовая тестовые",
    "reward": "recompensa recompensas recompense recompenses belohnung ricompensa nagroda odmena odul награда"
              " награды вознаграждение",
    "time": "tiempo tempo temps zeit dauer tijd tid czas cas zaman waktu время час",
    "total": "gesamt итого",
    "average": "promedio moyenne durchschnitt ortalama среднее средняя средний средние",
    "lr": "lernrate leersnelheid inlarningshastighet",
}  # fmt: skip
"""Words of other languages by the English one for each, without accents. Words that are English as well ("media",
"tap", "pas", "sure") are left out."""
SIGNS = {
    "训练次数": "step", "訓練次數": "step",
    "学习率": "lr", "學習率": "lr", "学習率": "lr", "학습률": "lr", "학습율": "lr",
    "准确率": "acc", "準確率": "acc", "正确率": "acc", "正解率": "acc", "精确率": "acc", "精度": "acc", "정확도": "acc",
    "损失函数值": "loss", "损失函数": "loss", "损失值": "loss", "准确度": "acc", "训练集": "train", "验证集": "val",
    "测试集": "test", "损失": "loss", "損失": "loss", "손실": "loss", "误差": "error", "誤差": "error", "오차": "error",
    "验证": "val", "驗證": "val", "検証": "val", "검증": "val", "测试": "test", "測試": "test", "テスト": "test",
    "테스트": "test", "训练": "train", "訓練": "train", "学習": "train", "훈련": "train", "학습": "train",
    "梯度": "grad", "范数": "norm", "奖励": "reward", "獎勵": "reward", "報酬": "reward", "보상": "reward",
    "轮次": "epoch", "轮数": "epoch", "轮": "epoch", "輪次": "epoch", "エポック": "epoch", "에포크": "epoch",
    "에폭": "epoch", "步数": "step", "步": "step", "ステップ": "step", "스텝": "step", "迭代次数": "iteration",
    "迭代": "iteration", "반복": "iteration", "回合": "episode", "エピソード": "episode", "에피소드": "episode",
    "时间": "time", "時間": "time", "시간": "time", "总": "total", "總": "total", "平均": "avg", "평균": "avg",
}  # fmt: skip
"""Words of languages that are written without blanks, the longer ones of a kind first."""
