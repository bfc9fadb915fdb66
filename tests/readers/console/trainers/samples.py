# ruff: noqa: E501 - lines as the programs print them
"""Lines as popular trainers print them, made here after each program's own print statement (`source`), and what has to
be read: for each series `points`, and the step and value of its first and last one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Curve(NamedTuple):
    """`steps`: of all points, in order; `first`, `last`: the values at either end."""

    steps: tuple[int, ...]
    first: float
    last: float


@dataclass(frozen=True)
class Sample:
    source: str
    text: str
    curves: dict[str, Curve]


def lines(form: str, *rows: tuple[object, ...]) -> str:
    return "".join(form.format(*row) + "\n" for row in rows)


SAMPLES: dict[str, Sample] = {
    "waveglow": Sample(
        "NVIDIA/waveglow train.py: print of iteration and reduced_loss",
        lines("{}:\t{:.9f}", (100, -4.1), (101, -4.2), (102, -4.3), (103, -4.25)),
        {"loss": Curve((100, 101, 102, 103), -4.1, -4.25)},
    ),
    "tacotron2": Sample(
        "NVIDIA/tacotron2 train.py: 'Train loss {} {:.6f} Grad Norm {:.6f} {:.2f}s/it', 'Validation loss {}: {:9f}'",
        lines("Train loss {} {:.6f} Grad Norm {:.6f} 2.31s/it", (0, 52.1, 9.5), (1, 40.2, 8.5), (2, 30.3, 7.5))
        + "Validation loss 2: 31.250000  \n"
        + lines("Train loss {} {:.6f} Grad Norm {:.6f} 2.31s/it", (3, 22.1, 9.5), (4, 20.2, 8.5)),
        {
            "Train loss": Curve((0, 1, 2, 3, 4), 52.1, 20.2),
            "Validation loss": Curve((2,), 31.25, 31.25),
            "Grad Norm": Curve((0, 1, 2, 3, 4), 9.5, 8.5),
        },
    ),
    "so-vits-svc": Sample(
        'svc-develop-team/so-vits-svc train.py: logger.info(f"Losses: {...}, step: {global_step}, lr: {lr}, reference_loss: {reference_loss}")',
        lines(
            "2023-05-01 10:00:00,123\t44k\tINFO\tTrain Epoch: {} [{}%]\n2023-05-01 10:00:00,124\t44k\tINFO\tLosses: [{}, 2.2, 9.1, 41.2, 2.4], step: {}, lr: 0.0001, reference_loss: {}",
            (1, 0, 2.59, 0, 57.5),
            (1, 40, 2.49, 200, 50.5),
            (1, 81, 2.39, 400, 45.5),
            (2, 21, 2.29, 600, 44.0),
        ),
        {"reference_loss": Curve((0, 200, 400, 600), 57.5, 44.0), "lr": Curve((0, 200, 400, 600), 1e-4, 1e-4)},
    ),
    "rvc": Sample(
        "RVC-Project/Retrieval-based-Voice-Conversion-WebUI train_nsf_sim_cache_sid_load_pretrain.py: logger.info([global_step, lr]) and the losses",
        lines(
            "INFO:mi-test:Train Epoch: {} [{}%]\nINFO:mi-test:[{}, 0.0001]\nINFO:mi-test:loss_disc={}, loss_gen=3.1, loss_fm=9.8,loss_mel={}, loss_kl=1.9",
            (1, 0, 0, 4.2, 24.5),
            (1, 50, 200, 4.0, 22.5),
            (2, 0, 400, 3.9, 21.0),
        ),
        {
            "loss_mel": Curve((0, 200, 400), 24.5, 21.0),
            "loss_disc": Curve((0, 200, 400), 4.2, 3.9),
            "lr": Curve((0, 200, 400), 1e-4, 1e-4),
        },
    ),
    "vits": Sample(
        "jaywalnut310/vits train.py: logger.info([x.item() for x in losses] + [global_step, lr])",
        lines(
            "2022-05-01 10:00:00,123\tljs\tINFO\tTrain Epoch: {} [{}%]\n2022-05-01 10:00:00,124\tljs\tINFO\t[{}, 2.2, 9.1, {}, 2.4, 1.5, {}, 0.0002]",
            (1, 0, 2.59, 81.5, 0),
            (1, 40, 2.49, 60.5, 200),
            (1, 81, 2.39, 45.5, 400),
        ),
        {"lr": Curve((0, 200, 400), 2e-4, 2e-4)},
    ),
    "minimind": Sample(
        "jingyaogong/minimind trainer: 'Epoch:[{}/{}]({}/{}) loss:{:.3f} lr:{:.12f} epoch_Time:{}min:'",
        lines(
            "Epoch:[{}/2]({}/1000) loss:{:.3f} lr:0.000500000000 epoch_Time:{}.0min:",
            (1, 0, 8.9, 30),
            (1, 500, 4.5, 15),
            (2, 0, 3.9, 30),
            (2, 500, 3.1, 15),
        ),
        {"loss": Curve((0, 500, 1000, 1500), 8.9, 3.1)},
    ),
    "imdlbenco": Sample(
        "scu-zjz/IMDLBenCo: losses as 'predict_loss: [local: a | reduced: b]'",
        lines(
            "[02:31:33.270027] Epoch: [{}]  [{:3d}/460]  eta: 0:00:20  lr: 0.0001  predict_loss: [local: {} | reduced: {}]  time: 0.4875  data: 0.0002  max mem: 9145",
            (0, 0, 0.7, 0.69),
            (0, 20, 0.68, 0.66),
            (0, 40, 0.66, 0.64),
            (1, 0, 0.5, 0.52),
        ),
        {"predict_loss": Curve((0, 20, 40, 460), 0.69, 0.52)},
    ),
    "now-and-mean": Sample(
        "scripts that print the batch's own value beside the epoch's mean: 'loss {now: a, avg: b}'",
        lines(
            "05:11:32 | ep {}/5 | it {:4d}/600 | lr 3.0e-04 | loss {{now: {}, avg: {}}} | 1.61 it/s",
            (1, 0, 0.69, 0.69),
            (1, 300, 0.61, 0.65),
            (2, 0, 0.5, 0.5),
        ),
        {"loss": Curve((0, 300, 600), 0.69, 0.5)},
    ),
    "rank-and-mean": Sample(
        "scripts that print one process's value beside the mean: 'loss: [rank0: a | mean: b]'",
        lines(
            "[05:10:00.10] Epoch: [{}]  [{:4d}/1600]  eta: 0:13:59  lr: 0.0008  total_loss: [rank0: {} | mean: {}]  time: 0.5",
            (0, 0, 1.2, 1.3),
            (0, 50, 1.1, 1.2),
            (1, 0, 0.9, 0.8),
        ),
        {"total_loss": Curve((0, 50, 1600), 1.3, 0.8)},
    ),
    "bigdl": Sample(
        "intel-analytics/BigDL DistriOptimizer: '[Epoch 63 a/b][Iteration c][Wall Clock ds] ... Loss is e. ...'",
        lines(
            "2017-08-20 14:02:15 INFO  DistriOptimizer$:295 - [Epoch 63 {}/1281167][Iteration {}][Wall Clock 195803.2s] "
            "Train 1792 in 4.07seconds. Throughput is 410.7 records/second. Loss is {}. Current learning rate is 0.0467. ",
            (311808, 45110, 1.28),
            (313600, 45111, 1.37),
            (315392, 45112, 1.25),
        ),
        {"Loss": Curve((45110, 45111, 45112), 1.28, 1.25)},
    ),
    "this-and-world": Sample(
        "scripts that print one process's value beside that of all: 'loss=[this: a / world: b]'",
        lines(
            "01:01:01 ep {:02d} it {:4d}/1100 | lr=2.0e-04 | seg_loss=[this: {} / world: {}] | mem 8.1G",
            (1, 0, 0.75, 0.8),
            (1, 50, 0.72, 0.7),
            (2, 0, 0.5, 0.6),
        ),
        {"seg_loss": Curve((0, 50, 1100), 0.8, 0.6)},
    ),
    "gpt-2-simple": Sample(
        "minimaxir/gpt-2-simple: '[{counter} | {time:2.2f}] loss={loss:2.2f} avg={avg:2.2f}'",
        lines("[{} | {:.2f}] loss={:.2f} avg=2.50", (100, 91.4, 2.7), (200, 182.8, 0.5), (300, 274.2, 0.25)),
        {"loss": Curve((100, 200, 300), 2.7, 0.25)},
    ),
    "swav": Sample(
        "facebookresearch/swav main_swav.py: 'Epoch: [{0}][{1}]\\tTime ...; Loss {loss.val:.4f} ({loss.avg:.4f}); Lr: ...'",
        lines(
            "INFO - 07/18/20 09:00:00 - 0:00:00 - Epoch: [{}][{}]; Time 0.70 (0.71); Data 0.0 (0.02); Loss {:.4f} (8.0644); Lr: 0.3000",
            (0, 0, 8.0),
            (0, 50, 7.5),
            (0, 100, 7.0),
            (1, 0, 6.5),
            (1, 50, 6.25),
        ),
        {"Loss": Curve((0, 50, 100, 150, 200), 8.0, 6.25)},
    ),
    "wenet-nan": Sample(
        "wenet-e2e/wenet wenet/utils/executor.py: 'TRAIN Batch {}/{} loss {:.6f} ...' where every loss is NaN",
        "2021-05-01 10:00:00,123 INFO Epoch 0 TRAIN info lr 4e-08\n"
        + lines(
            "2021-05-01 10:00:00,123 DEBUG TRAIN Batch 0/{} loss {} loss_att {} loss_ctc {} lr {:.8f} rank 0",
            (0, 160.5, 116.9, 261.4, 8e-8),
            (100, 155.5, 116.6, 246.5, 2.08e-6),
            (200, "nan", "nan", "nan", 4.08e-6),
            (300, "nan", "nan", "nan", 6.08e-6),
        ),
        {"lr": Curve((0, 100, 200, 300), 8e-8, 6.08e-6)},
    ),
    "mxnet-change-of-rate": Sample(
        "apache/mxnet base_module.py: 'Epoch[{}] Train-{}={}', lr_scheduler.py: 'Update[{}]: Change learning rate to {}'",
        lines(
            "INFO:root:Epoch[{}] Train-cross-entropy={}\nINFO:root:Update[{}]: Change learning rate to 2.00000e-02\n"
            "INFO:root:Epoch[{}] Validation-cross-entropy={}",
            (0, 3.5, 783, 0, 3.75),
            (1, 3.0, 1565, 1, 3.25),
            (2, 2.5, 2347, 2, 3.0),
        ),
        {"Train-cross-entropy": Curve((0, 1, 2), 3.5, 2.5), "Validation-cross-entropy": Curve((0, 1, 2), 3.75, 3.0)},
    ),
    "three-kinds-of-a-value": Sample(
        "scripts that print the process's own value, its mean and that of all: 'loss: {this: a, mean: b, all-ranks: c}'",
        lines(
            "(ep {} it {:4d}) loss: {{this: {}, mean: 0.76, all-ranks: 0.74}} lr: 1.0e-4 mem: 10922M",
            (0, 0, 0.75),
            (0, 15, 0.7),
            (0, 30, 0.5),
        ),
        {"loss": Curve((0, 15, 30), 0.75, 0.5)},
    ),
    "printed-over-lines": Sample(
        "pprint of a dictionary of metrics (EasyLM)",
        lines(
            "{{'gradient_norm': 1.16,\n 'learning_rate': 1.5e-06,\n 'loss': {},\n 'step': {}}}",
            (1.5, 0),
            (1.25, 10),
            (1.0, 20),
        ),
        {"loss": Curve((0, 10, 20), 1.5, 1.0)},
    ),
    "named-train-loss": Sample(
        "dictionaries with the epoch in one digit and the loss as 'train_loss'",
        lines("{{'train_loss': {}, 'lr': 1.99e-04, 'epoch': {}}}", (3.5, 0.0), (3.25, 0.0), (3.0, 0.1), (2.5, 0.1)),
        {"train_loss": Curve((1, 2, 3, 4), 3.5, 2.5)},
    ),
    "sum-over-a-batch": Sample(
        "scripts that say what a figure is of: 'upd 1/200 :: batch_loss(sum over 256) = a :: lr = b'",
        lines(
            "upd {:04d}/0200 :: batch_loss(sum over 256) = {} :: lr = 1.667e-06",
            (1, 743.5),
            (2, 723.5),
            (3, 719.0),
        ),
        {"batch_loss": Curve((1, 2, 3), 743.5, 719.0)},
    ),
    "a-letter-for-the-batch": Sample(
        "scripts that count batches by a letter: 'ep 0 b 01 loss 6.8 lr 9.30e-02'",
        lines("ep {} b {:02d} loss {} lr 1.00e-01", (0, 0, 6.75), (0, 1, 6.5), (1, 0, 6.25), (1, 1, 6.0)),
        {"loss": Curve((0, 1, 2, 3), 6.75, 6.0)},
    ),
    "gstep": Sample(
        "scripts that count 'gstep' and print NaN",
        lines(
            "[2024-03-11 08:14:09] rank 0/8 | ep 0 | gstep {:6d} | loss {} | lr {} | amp_scale 0 | 2132.7 samples/s",
            (50, "nan", 0.125),
            (100, "nan", 0.125),
            (150, "nan", 0.25),
        ),
        {"lr": Curve((50, 100, 150), 0.125, 0.25)},
    ),
    "kaldi-nnet3": Sample(
        "kaldi-asr/kaldi src/nnet3/nnet-training.cc: ObjectiveFunctionInfo::PrintStatsForThisPhase and PrintTotalStats",
        lines(
            "LOG (nnet3-chain-train[5.5]:PrintStatsForThisPhase():nnet-training.cc:325) Average objective function for 'output' for minibatches {}-{} is {} over 640000 frames.",
            (0, 99, -0.35),
            (100, 199, -0.21),
            (200, 299, -0.15),
        )
        + "LOG (nnet3-chain-train[5.5]:PrintTotalStats():nnet-training.cc:348) Overall average objective function for 'output' is -0.236 over 1.9e+06 frames.\n",
        {"objective output": Curve((99, 199, 299), -0.35, -0.15), "loss": Curve((99, 199, 299), 0.35, 0.15)},
    ),
    "opennmt-lua": Sample(
        "OpenNMT/OpenNMT onmt/train/EpochState.lua: 'Epoch %d ; Iteration %d/%d ; ... ; Perplexity %.2f'",
        lines(
            "[03/12/18 10:00:00 INFO] Epoch {} ; Iteration {}/1000 ; Optim SGD LR 1.000000 ; Source tokens/s 2100 ; Perplexity {:.2f}",
            (1, 50, 900.1),
            (1, 1000, 300.2),
            (2, 50, 200.3),
            (2, 1000, 100.4),
        )
        + "[03/12/18 11:00:00 INFO] Validation perplexity: 90.50\n",
        {"Perplexity": Curve((50, 1000, 1050, 2000), 900.1, 100.4)},
    ),
    "opennmt-py-old": Sample(
        "OpenNMT/OpenNMT-py 0.1 onmt/Trainer.py: 'Epoch %2d, %5d/%5d; acc: %6.2f; ppl: %6.2f; xent: %6.2f; ...'",
        lines(
            "Epoch {:2d}, {:5d}/ 1500; acc: {:6.2f}; ppl: {:6.2f}; xent: {:6.2f}; 1200 src tok/s; 1300 tgt tok/s;     60 s elapsed",
            (1, 50, 5.0, 900.0, 6.8),
            (1, 1500, 20.0, 90.0, 4.5),
            (2, 50, 25.0, 60.0, 4.1),
        ),
        {"xent": Curve((50, 1500, 1550), 6.8, 4.1), "ppl": Curve((50, 1500, 1550), 900.0, 60.0)},
    ),
    "guided-diffusion": Sample(
        "openai/guided-diffusion logger.py (HumanOutputFormat) and train_util.py: log_step",
        "".join(
            f"""-------------------------
| grad_norm  | {norm}    |
| loss       | {loss}   |
| loss_q0    | 0.3      |
| samples    | {step * 128}     |
| step       | {step} |
-------------------------
"""
            for step, loss, norm in ((0, 1.0, 0.5), (10, 0.4, 0.4), (20, 0.2, 0.3))
        ),
        {"loss": Curve((0, 10, 20), 1.0, 0.2), "grad_norm": Curve((0, 10, 20), 0.5, 0.3)},
    ),
    "DiT": Sample(
        'facebookresearch/DiT train.py: f"(step={train_steps:07d}) Train Loss: {avg_loss:.4f}, Train Steps/Sec: {steps_per_sec:.2f}"',
        lines(
            "[2023-01-10 10:00:00] (step={:07d}) Train Loss: {:.4f}, Train Steps/Sec: 2.50",
            (100, 0.2),
            (200, 0.17),
            (300, 0.16),
        ),
        {"Train Loss": Curve((100, 200, 300), 0.2, 0.16)},
    ),
    "cyclegan": Sample(
        "junyanz/pytorch-CycleGAN-and-pix2pix util/visualizer.py: print_current_losses",
        lines(
            "(epoch: {}, iters: {}, time: 0.294, data: 0.002) D_A: {:.3f} G_A: 0.412 cycle_A: {:.3f} idt_A: 0.9 D_B: 0.3 G_B: 0.5 cycle_B: 1.4 idt_B: 0.8",
            (1, 100, 0.3, 2.1),
            (1, 200, 0.29, 1.9),
            (2, 100, 0.25, 1.5),
            (2, 200, 0.2, 1.2),
        ),
        {"cycle_A": Curve((100, 200, 300, 400), 2.1, 1.2), "D_A": Curve((100, 200, 300, 400), 0.3, 0.2)},
    ),
    "basicsr": Sample(
        "XPixelGroup/BasicSR basicsr/utils/logger.py: MessageLogger.__call__",
        lines(
            "2021-05-01 10:00:00,123 INFO: [EDSR_..][epoch:{:3d}, iter:{:8,d}, lr:({},)] [eta: 1 day, 0:53:07, time (data): 0.249 (0.002)] l_pix: {:.4e} ",
            (0, 100, "1.000e-04", 0.09),
            (0, 1100, "1.000e-04", 0.05),
            (1, 2100, "5.000e-05", 0.04),
        ),
        {"l_pix": Curve((100, 1100, 2100), 0.09, 0.04), "lr": Curve((100, 1100, 2100), 1e-4, 5e-5)},
    ),
    "nerf-pytorch": Sample(
        'yenchenlin/nerf-pytorch run_nerf.py: f"[TRAIN] Iter: {i} Loss: {loss.item()}  PSNR: {psnr.item()}"',
        lines("[TRAIN] Iter: {} Loss: {}  PSNR: {}", (100, 0.07, 14.2), (200, 0.05, 16.2), (300, 0.04, 17.2)),
        {"Loss": Curve((100, 200, 300), 0.07, 0.04), "PSNR": Curve((100, 200, 300), 14.2, 17.2)},
    ),
    "swin": Sample(
        "microsoft/Swin-Transformer main.py: logger.info of train_one_epoch",
        lines(
            "[2021-04-12 10:00:00 swin_tiny] (main.py 193): INFO Train: [{}/300][{}/1251]\teta 0:20:00 lr {:.6f}\ttime 0.51 (0.52)\tloss {:.4f} ({:.4f})\tgrad_norm 1.20 (1.30)\tmem 8000MB",
            (0, 0, 1e-6, 6.9, 6.91),
            (0, 10, 2e-6, 6.8, 6.85),
            (1, 0, 5e-5, 6.2, 6.2),
        ),
        {"loss": Curve((0, 10, 1251), 6.9, 6.2), "lr": Curve((0, 10, 1251), 1e-6, 5e-5)},
    ),
    "yolox": Sample(
        "Megvii-BaseDetection/YOLOX yolox/core/trainer.py: after_iter",
        lines(
            "2021-08-01 10:00:00 | INFO     | yolox.core.trainer:256 - epoch: {}/300, iter: {}/3905, mem: 5000Mb, iter_time: 0.5s, data_time: 0.0s, total_loss: {}, iou_loss: 4.5, l1_loss: 0.0, conf_loss: 7.5, cls_loss: 2.0, lr: {:.3e}, size: 640, ETA: 1 day, 0:00:00",
            (1, 10, 15.1, 1e-8),
            (1, 3900, 9.9, 1e-3),
            (2, 10, 9.0, 1e-3),
        ),
        {"total_loss": Curve((10, 3900, 3915), 15.1, 9.0), "lr": Curve((10, 3900, 3915), 1e-8, 1e-3)},
    ),
    "paddledetection": Sample(
        "PaddlePaddle/PaddleDetection ppdet/engine/callbacks.py: LogPrinter",
        lines(
            "[05/26 21:45:40] ppdet.engine INFO: Epoch: [{}] [{:3d}/100] learning_rate: {:.6f} loss_xy: 1.1 loss: {:.6f} eta: 1:00:00 batch_cost: 0.51 data_cost: 0.01 ips: 15.1 images/s",
            (0, 0, 1e-4, 35.1),
            (0, 20, 2e-4, 30.1),
            (1, 0, 5e-4, 20.0),
        ),
        {"loss": Curve((0, 20, 100), 35.1, 20.0), "learning_rate": Curve((0, 20, 100), 1e-4, 5e-4)},
    ),
    "sockeye": Sample(
        "awslabs/sockeye sockeye/training.py: Speedometer and checkpoint lines",
        lines(
            "[INFO:sockeye.training] Epoch[{}] Batch [{}]\tSpeed: 1234.50 samples/sec 12345.60 tokens/sec 1.20 updates/sec\tperplexity={}",
            (0, 50, 900.5),
            (0, 100, 500.5),
            (1, 150, 300.5),
        ),
        {"perplexity": Curve((50, 100, 150), 900.5, 300.5)},
    ),
    "wenet": Sample(
        "wenet-e2e/wenet wenet/utils/executor.py: 'TRAIN Batch {}/{} loss {:.6f} ...'",
        lines(
            "2021-05-01 10:00:00,123 DEBUG TRAIN Batch {}/{} loss {:.6f} loss_att 10.1 loss_ctc 17.5 lr {:.8f} rank 0",
            (0, 0, 120.5, 1e-8),
            (0, 100, 80.5, 1e-6),
            (0, 200, 70.5, 1e-6),
            (1, 0, 60.5, 1e-5),
            (1, 100, 50.5, 2e-5),
        ),
        {"loss": Curve((0, 100, 200, 300, 400), 120.5, 50.5)},
    ),
    "icefall": Sample(
        "k2-fsa/icefall egs/librispeech/ASR/*/train.py: 'Epoch {}, batch {}, loss[{}], tot_loss[{}], batch size: {}, lr: {}'",
        lines(
            "2022-05-01 10:00:00,123 INFO [train.py:876] (0/4) Epoch {}, batch {}, loss[loss={}, simple_loss=1.9, pruned_loss=7.0, over 4838.00 frames. ], tot_loss[loss={}, simple_loss=1.8, pruned_loss=6.9, over 900000.00 frames. ], batch size: 40, lr: {:.2e}",
            (1, 0, 7.9, 7.9, 3e-3),
            (1, 50, 1.2, 2.1, 3e-3),
            (1, 100, 0.9, 1.1, 3e-3),
            (2, 0, 0.8, 0.8, 2.9e-3),
        ),
        {"loss": Curve((0, 50, 100, 150), 7.9, 0.8), "lr": Curve((0, 50, 100, 150), 3e-3, 2.9e-3)},
    ),
    "coqui-tts": Sample(
        "coqui-ai/Trainer trainer/logging/console_logger.py: print_train_step",
        "".join(
            f"""\n\x1b[1m   --> TIME: 2022-05-01 10:00:00 -- STEP: {at}/100 -- GLOBAL_STEP: {step}\x1b[0m
     | > loss: {loss}  ({loss})
     | > grad_norm: 1.5  (1.5)
     | > current_lr: 0.0001
     | > step_time: 0.5  (0.5)
"""
            for at, step, loss in ((25, 25, 3.5), (50, 50, 2.5), (75, 75, 2.1))
        ),
        {"loss": Curve((25, 50, 75), 3.5, 2.1), "current_lr": Curve((25, 50, 75), 1e-4, 1e-4)},
    ),
    "tensorflow-estimator": Sample(
        "tensorflow/estimator basic_session_run_hooks.py: LoggingTensorHook 'loss = 2.3, step = 100 (0.5 sec)'",
        "INFO:tensorflow:loss = 2.3, step = 0\n"
        + lines(
            "INFO:tensorflow:global_step/sec: 200.1\nINFO:tensorflow:loss = {}, step = {} (0.500 sec)",
            (1.5, 100),
            (1.1, 200),
            (0.9, 300),
        )
        + "INFO:tensorflow:Saving dict for global step 300: accuracy = 0.9, global_step = 300, loss = 0.8\n",
        {"loss": Curve((0, 100, 200, 300), 2.3, 0.9)},
    ),
    "object-detection-api": Sample(
        "tensorflow/models object_detection/legacy/trainer.py (slim): 'global step %d: loss = %.4f (%.3f sec/step)'",
        lines("INFO:tensorflow:global step {}: loss = {} (0.512 sec/step)", (1, 12.5), (2, 10.5), (3, 9.5)),
        {"loss": Curve((1, 2, 3), 12.5, 9.5)},
    ),
    "tabnet": Sample(
        "dreamquark-ai/tabnet pytorch_tabnet/callbacks.py: History.on_epoch_end",
        lines(
            "epoch {:<3d}| loss: {:<8}| val_0_auc: {:<8}|  0:00:0{}s",
            (0, 0.7, 0.6, 1),
            (1, 0.6, 0.7, 2),
            (2, 0.5, 0.8, 3),
        ),
        {"loss": Curve((0, 1, 2), 0.7, 0.5), "val_0_auc": Curve((0, 1, 2), 0.6, 0.8)},
    ),
    "nnunet": Sample(
        "MIC-DKFZ/nnUNet nnunetv2 nnUNetTrainer.py: on_epoch_end",
        "".join(
            f"""2023-05-01 10:00:00.123456: Epoch {at}
2023-05-01 10:00:00.123456: Current learning rate: {rate}
2023-05-01 10:00:00.123456: train_loss {loss}
2023-05-01 10:00:00.123456: val_loss {loss + 0.1:.4f}
2023-05-01 10:00:00.123456: Pseudo dice [0.5, 0.6]
2023-05-01 10:00:00.123456: Epoch time: 100.5 s
"""
            for at, rate, loss in ((0, 0.01, -0.1), (1, 0.00999, -0.3), (2, 0.00998, -0.5))
        ),
        {"train_loss": Curve((0, 1, 2), -0.1, -0.5), "val_loss": Curve((0, 1, 2), 0.0, -0.4)},
    ),
    "pytorch-geometric": Sample(
        "pyg-team/pytorch_geometric examples/gcn.py: log(Epoch=epoch, Loss=loss, Train=..., Val=..., Test=...)",
        lines(
            "Epoch: {:03d}, Loss: {:.4f}, Train: {:.4f}, Val: {:.4f}, Test: {:.4f}",
            (1, 1.94, 0.3, 0.2, 0.21),
            (2, 1.9, 0.4, 0.3, 0.31),
            (3, 1.8, 0.5, 0.4, 0.41),
        ),
        {"Loss": Curve((1, 2, 3), 1.94, 1.8)},
    ),
    "litgpt": Sample(
        "Lightning-AI/litgpt litgpt/pretrain.py: 'Epoch {} | iter {} step {} | loss train: {}, val: {} | iter time: {} ms'",
        lines(
            "Epoch 1 | iter {} step {} | loss train: {:.3f}, val: n/a | iter time: 320.11 ms (step) remaining time: 1:00:00",
            (4, 1, 10.9),
            (8, 2, 9.9),
            (12, 3, 9.1),
        ),
        {"loss train": Curve((1, 2, 3), 10.9, 9.1)},
    ),
    "cleanrl": Sample(
        "vwxyzjn/cleanrl ppo.py: print(f\"global_step={global_step}, episodic_return={info['episode']['r']}\")",
        lines("global_step={}, episodic_return=[{}]", (20, "20."), (57, "37."), (120, "63.")),
        {"episodic_return": Curve((20, 57, 120), 20.0, 63.0)},
    ),
    "rsl_rl": Sample(
        "leggedrobotics/rsl_rl runners/on_policy_runner.py: log",
        "".join(
            f"""################################################################################
                      \x1b[1m Learning iteration {at}/1500 \x1b[0m

                       Computation: 50000 steps/s (collection: 1.2s, learning 0.3s)
               Value function loss: {loss}
                    Surrogate loss: -0.0100
             Mean action noise std: 1.00
                       Mean reward: {reward}
               Mean episode length: 22.10
--------------------------------------------------------------------------------
"""
            for at, loss, reward in ((0, 0.05, -1.0), (1, 0.04, 2.0), (2, 0.03, 5.0))
        ),
        {"Value function loss": Curve((0, 1, 2), 0.05, 0.03), "Mean reward": Curve((0, 1, 2), -1.0, 5.0)},
    ),
    "ml-agents": Sample(
        "Unity-Technologies/ml-agents ml-agents/mlagents/trainers/stats.py: ConsoleWriter",
        lines(
            "[INFO] 3DBall. Step: {}. Time Elapsed: {} s. Mean Reward: {:.3f}. Std of Reward: 0.500. Training.",
            (12000, 20.1, 1.2),
            (24000, 40.1, 1.5),
            (36000, 60.1, 5.2),
        ),
        {"Mean Reward": Curve((12000, 24000, 36000), 1.2, 5.2)},
    ),
    "deepspeech": Sample(
        "mozilla/DeepSpeech training/deepspeech_training/train.py: progress bar widgets",
        lines(
            "Epoch {} | Training | Elapsed Time: 0:00:10 | Steps: {} | Loss: {:.6f}",
            (0, 100, 120.5),
            (1, 100, 80.5),
            (2, 100, 60.5),
        ),
        {"Loss": Curve((100, 200, 300), 120.5, 60.5)},
    ),
    "flashlight": Sample(
        "flashlight/flashlight app/asr/common/Helpers.cpp: getLogString",
        lines(
            "epoch: {:8d} | nupdates: {:12d} | lr: 0.100000 | lrcriterion: 0.000000 | runtime: 00:10:00 | bch(ms): 100.00 | loss: {:10.5f} | train-TER: 80.00 | dev-clean-loss: {:10.5f} | dev-clean-TER: 70.00",
            (1, 1000, 20.5, 18.5),
            (2, 2000, 15.5, 14.5),
            (3, 3000, 10.5, 11.5),
        ),
        {"loss": Curve((1000, 2000, 3000), 20.5, 10.5), "lr": Curve((1000, 2000, 3000), 0.1, 0.1)},
    ),
    "deeplabcut": Sample(
        "DeepLabCut/DeepLabCut pose_estimation_tensorflow/core/train.py: 'iteration: {} loss: {} lr: {}'",
        lines("iteration: {} loss: {:.4f} lr: 0.005", (1000, 0.05), (2000, 0.03), (3000, 0.02)),
        {"loss": Curve((1000, 2000, 3000), 0.05, 0.02), "lr": Curve((1000, 2000, 3000), 0.005, 0.005)},
    ),
    "sklearn-mlp": Sample(
        "scikit-learn sklearn/neural_network/_multilayer_perceptron.py: 'Iteration %d, loss = %.8f'",
        lines("Iteration {}, loss = {:.8f}", (1, 2.3), (2, 1.5), (3, 1.1)),
        {"loss": Curve((1, 2, 3), 2.3, 1.1)},
    ),
    "mxnet-module": Sample(
        "apache/mxnet python/mxnet/module/base_module.py and callback.py: Speedometer, fit",
        lines(
            "INFO:root:Epoch[{}] Batch [{}]\tSpeed: 500.10 samples/sec\taccuracy={}\tcross-entropy={}",
            (0, 50, 0.1, 2.3),
            (0, 100, 0.2, 2.0),
        )
        + "INFO:root:Epoch[0] Train-accuracy=0.25\nINFO:root:Epoch[0] Time cost=10.1\nINFO:root:Epoch[0] Validation-accuracy=0.3\n"
        + lines(
            "INFO:root:Epoch[{}] Batch [{}]\tSpeed: 500.10 samples/sec\taccuracy={}\tcross-entropy={}",
            (1, 50, 0.4, 1.7),
            (1, 100, 0.5, 1.5),
        ),
        {"cross-entropy": Curve((50, 100, 150, 200), 2.3, 1.5)},
    ),
    "cntk": Sample(
        "microsoft/CNTK Source/SGDLib/SGD.cpp: 'Finished Epoch[%2d of %d]: [Training] ...'",
        lines(
            "Finished Epoch[{:2d} of 10]: [Training] ce = {:.8f} * 50000; errs = 50.000% * 50000; totalSamplesSeen = 50000; learningRatePerSample = 0.01; epochTime=10.1s",
            (1, 1.9),
            (2, 1.5),
            (3, 1.2),
        ),
        {"ce": Curve((1, 2, 3), 1.9, 1.2)},
    ),
    "catalyst": Sample(
        "catalyst-team/catalyst loggers/console.py: '{prefix} ({loader}) key: value | ...'",
        lines(
            "train ({}/10) loss: {} | lr: 0.001 | momentum: 0.9\nvalid ({}/10) loss: {} | lr: 0.001\n* Epoch ({}/10) lr: 0.001",
            (1, 0.9, 1, 0.8, 1),
            (2, 0.7, 2, 0.65, 2),
            (3, 0.5, 3, 0.6, 3),
        ),
        {"loss": Curve((1, 2, 3), 0.9, 0.5), "val_loss": Curve((1, 2, 3), 0.8, 0.6)},
    ),
    "pytorch-gan": Sample(
        "eriklindernoren/PyTorch-GAN implementations/gan/gan.py: '[Epoch %d/%d] [Batch %d/%d] [D loss: %f] [G loss: %f]'",
        lines(
            "[Epoch {}/200] [Batch {}/938] [D loss: {:.6f}] [G loss: {:.6f}]",
            (0, 0, 0.69, 0.7),
            (0, 1, 0.65, 0.71),
            (1, 0, 0.5, 1.2),
        ),
        {"D loss": Curve((0, 1, 938), 0.69, 0.5), "G loss": Curve((0, 1, 938), 0.7, 1.2)},
    ),
    "parts-in-brackets": Sample(
        "graph completion GANs: '[Epoch a/b] [Batch c/d] [G - gan1: ..., rec: ...] [D - real: ..., fake1: ...]'",
        lines(
            "[Epoch {}/11] [Batch {}/3880] [G - gan1: {}, gan2: 1.1, rec: 0.5, kld: 0.1] [D - real: 0.6, fake1: 0.3, fake2: 0.3]",
            (9, 1, 1.2),
            (9, 41, 1.3),
            (10, 1, 1.4),
            (10, 41, 1.5),
        ),
        {
            "G gan1": Curve((31041, 31081, 34921, 34961), 1.2, 1.5),
            "G loss": Curve((31041, 31081, 34921, 34961), 2.9, 3.2),
            "D loss": Curve((31041, 31081, 34921, 34961), 1.2, 1.2),
        },
    ),
    "counters-in-counters": Sample(
        "PyTorch examples with two bars: 'Train: 1/3 (33%) [49/323 (15%)]  Loss: 0.5'",
        lines(
            "Train: {}/3 ({}%) [{}/323 ({}%)]  Loss: {:.4f}  Acc: 0.5",
            (1, 33, 49, 15, 0.9),
            (1, 33, 323, 100, 0.7),
            (2, 66, 49, 15, 0.6),
            (2, 66, 323, 100, 0.5),
            (3, 100, 49, 15, 0.4),
        ),
        {"Loss": Curve((49, 323, 372, 646, 695), 0.9, 0.4)},
    ),
    "tianshou": Sample(
        "thu-ml/tianshou trainer: tqdm with env_step, loss, rew",
        "\r".join(
            f"Epoch #1: {10 * at}%|#   | {100 * at}/1000 [00:0{at}<00:09, 900.00it/s, env_step={100 * at}, len=20, loss={1.0 - at / 10:.3f}, rew=9.30]"
            for at in range(1, 6)
        )
        + "\n",
        {"loss": Curve((100, 200, 300, 400, 500), 0.9, 0.5)},
    ),
    "diffusers": Sample(
        "huggingface/diffusers examples/text_to_image/train_text_to_image.py: progress_bar.set_postfix(step_loss, lr)",
        "\r".join(
            f"Steps:   1%|          | {at}/10000 [00:01<10:00,  5.00it/s, lr=1e-5, step_loss={0.2 - at / 100:.3f}]"
            for at in range(1, 6)
        )
        + "\n",
        {"step_loss": Curve((1, 2, 3, 4, 5), 0.19, 0.15), "lr": Curve((1, 2, 3, 4, 5), 1e-5, 1e-5)},
    ),
    "gaussian-splatting": Sample(
        "graphdeco-inria/gaussian-splatting train.py: tqdm 'Training progress' with Loss",
        "\r".join(
            f"Training progress:   0%|          | {at}/30000 [00:01<10:00, 50.00it/s, Loss={0.3 - at / 1000:.7f}]"
            for at in (10, 20, 30, 40)
        )
        + "\n[ITER 7000] Evaluating test: L1 0.02 PSNR 25.1\n",
        {"Loss": Curve((10, 20, 30, 40), 0.29, 0.26)},
    ),
    "fasttext": Sample(
        "facebookresearch/fastText src/fasttext.cc: printInfo",
        "\r".join(
            f"Progress: {at:5.1f}% words/sec/thread:  100000 lr: {0.1 - at / 1000:.6f} avg.loss: {3 - at / 50:.6f} ETA:   0h 0m10s"
            for at in (10.0, 20.0, 30.0, 40.0)
        )
        + "\n",
        {"avg.loss": Curve((100, 200, 300, 400), 2.8, 2.2), "lr": Curve((100, 200, 300, 400), 0.09, 0.06)},
    ),
    "allennlp-console": Sample(
        "allenai/allennlp training/util.py: description_from_metrics with tqdm",
        "\r".join(
            f"accuracy: 0.5000, batch_loss: {1 - at / 10:.4f}, loss: {1 - at / 20:.4f} ||:  {10 * at}%|#         | {at}/10 [00:01<00:05,  3.00it/s]"
            for at in range(1, 6)
        )
        + "\n",
        {"batch_loss": Curve((1, 2, 3, 4, 5), 0.9, 0.5)},
    ),
    "curriculum-split": Sample(
        "flairNLP/flair trainers/language_model_trainer.py: '| end of split {:3d} /{:3d} | epoch {:3d} | time: ... | valid loss ... | learning rate'",
        lines(
            "| end of split {:3d} /442 | epoch   1 | time: 57.04s | valid loss  {:.2f} | valid ppl   110.94 | learning rate {:.4f}",
            (1, 4.71, 20.0),
            (2, 4.59, 20.0),
            (3, 4.47, 5.0),
        ),
        {"valid loss": Curve((1, 2, 3), 4.71, 4.47), "learning rate": Curve((1, 2, 3), 20.0, 5.0)},
    ),
    "openclip": Sample(
        "mlfoundations/open_clip src/open_clip_train/train.py: 'Train Epoch: {} [{}/{} ({}%)] Data (t): {} ... LR: {} Logit Scale: {} Loss: {} ({})'",
        lines(
            "2022-12-06,10:00:00 | INFO | Train Epoch: {} [{:>7}/409600 ({}%)] Data (t): 0.10 Batch (t): 0.900, 4541.2/s, 567.6/s/gpu LR: {:.6f} Logit Scale: 14.300 Contrastive_loss: 7.8 (7.9) Loss: {} ({})",
            (0, 0, 0, 0.0, 7.89, 7.89),
            (0, 204800, 50, 4e-4, 6.0, 6.5),
            (1, 0, 0, 5e-4, 4.7, 4.7),
        ),
        {"Loss": Curve((0, 204800, 409600), 7.89, 4.7), "LR": Curve((0, 204800, 409600), 0.0, 5e-4)},
    ),
}
